// The Gradio app as a host: each of its components is an empty element, in which a part of the page starts.

import { Fault, unlessStopped } from "../core/fault.js";
import { begin } from "../session.js";
import { mount as mountHeaderPart } from "../parts/header.js";
import { watchTrainings } from "../parts/host-training.js";
import { isDark, onLook } from "../parts/latent-map-paint.js";
import { lab } from "../store.js";
import { PARTS, TABS } from "../tabs/index.js";
import { markTerms } from "../parts/terms.js";
import { sentences as english } from "../words/en/index.js";
import { speak, wanted, words } from "../words/index.js";

const FILES = ["decoder", "encoder", "encodings", "history", "layers", "metrics"];
const QUESTIONS = ["original", "has_originals", "fetch_originals"];

const root = () => `${/** @type {any} */ (window).gradio_config?.root ?? new URL(".", document.baseURI).href.slice(0, -1)}/`;

/** @returns {Host} */
function host() {
  /** @type {Description[]} */
  const models = JSON.parse(document.getElementById("models").textContent);
  const asked = models.find(({ decoder }) => decoder)?.decoder.split("models/")[0] ?? "";
  const known = {};
  return {
    name: "gradio",
    descriptions: models.map(found),
    can: (question) => QUESTIONS.includes(question),
    source: (file, line) => new URL(`${asked}source/${file}.txt#:~:text=${encodeURIComponent(line).replaceAll("-", "%2D")}`, root()).href,
    ask: (question, details) => {
      const key = JSON.stringify([question, details]);
      if (question !== "has_originals") return ask(question, details);
      known[key] ??= ask(question, details); // asked by every map
      return known[key];
    },
  };

  async function ask(/** @type {string} */ question, /** @type {object} */ details) {
    const response = await fetch(new URL(`${asked}ask/${question}`, root()), {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(details),
    }).catch(unlessStopped());
    const { answer, error } = await response.json().catch(() => { throw new Fault("status", response.status); });
    if (!response.ok) throw Object.assign(new Fault(question, error), { message: error });
    return answer;
  }
}

/** A description from the server, its addresses made whole. */
const found = (/** @type {any} */ one) => ({ ...one, ...Object.fromEntries(FILES.filter((part) => one[part]).map((part) => [part, new URL(one[part], root()).href])) });

/** @type {Promise<void>} */ let started = null;

/** The lab, in the language that the visitor wants. */
export function ready() {
  started ??= speak(wanted()).then(() => {
    begin(host());
    watchTrainings(found);
  });
  return started;
}

/** @type {{ element: HTMLElement, mount: (element: HTMLElement) => void }[]} */
const mounted = []; // what stands on the page, to be mounted anew in another language

function put(/** @type {HTMLElement} */ element, /** @type {(element: HTMLElement) => void} */ mount) {
  mounted.push({ element, mount });
  document.documentElement.lang = words.common.language; // Gradio may have written its own meanwhile
  mount(element.appendChild(document.createElement("div")));
}

function again() {
  for (const { element, mount } of mounted) {
    element.replaceChildren();
    mount(element.appendChild(document.createElement("div")));
  }
  nameTabs();
  /** @type {HTMLElement} */ (document.querySelector("[data-testid=language]"))?.focus();
}

/** @param {HTMLElement} element */
export async function mountHeader(element) {
  await ready();
  put(element, (part) => mountHeaderPart(part, again));
  const follow = () => setTimeout(() => { // after Gradio, which knows the system's look alone
    document.body.classList.toggle("dark", isDark());
    document.body.style.background = "var(--body-background-fill)";
  });
  onLook(follow);
  follow();
  nameTabs();
  show(lab.tab);
}

/** A tab begins when it is seen: it costs nothing before.
 * @param {HTMLElement} element
 * @param {string} name */
export async function mountTab(element, name) {
  await ready();
  nameTabs();
  show(lab.tab);
  let begun = false;
  new ResizeObserver(async () => {
    if (!element.clientWidth) return;
    if (name in TABS && lab.tab !== name) lab.set("tab", name);
    if (begun) return;
    begun = true;
    const { mount } = await PARTS[name]();
    put(element, (part) => { mount(part); markTerms(part); });
  }).observe(element);
}

// Gradio's own buttons, which the server named in English.
const buttons = new Map(); // by the name of the tab
function nameTabs() {
  for (const button of document.querySelectorAll('[role="tab"]')) {
    const name = Object.keys(TABS).find((one) => buttons.get(one)?.has(button)) ?? Object.keys(TABS).find((one) => english.common.tabs[one] === button.textContent.trim());
    if (!name) continue;
    if (!buttons.has(name)) buttons.set(name, new Set());
    buttons.get(name).add(button);
    const text = [...button.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (text && text.textContent.trim() !== words.common.tabs[name]) text.textContent = words.common.tabs[name];
  }
}

let shown = false;
function show(/** @type {string} */ name) { // the tab that the address names
  if (shown || !press(name)) return;
  shown = true;
  lab.listen(document.documentElement, (what) => { if (what === "tab") press(lab.tab); }); // by the browser's Back
}

function press(/** @type {string} */ name) { // the button of a tab, if it is there
  const button = [...(buttons.get(name) ?? [])][0];
  if (button && button.ariaSelected !== "true") /** @type {HTMLElement} */ (button).click();
  for (const one of buttons.get(name) ?? []) { // on a phone the tabs are a bar that scrolls; Gradio has a hidden copy of them
    one.parentElement.scrollLeft = one.offsetLeft - (one.parentElement.clientWidth - one.offsetWidth) / 2;
  }
  return Boolean(button);
}
