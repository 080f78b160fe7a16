// The Gradio app as a host: each of its components is an empty element, in which a part of the page starts.

import { begin } from "../session.js";
import { mount as mountHeaderPart } from "../parts/header.js";
import { lab } from "../store.js";
import { TABS } from "../tabs/index.js";
import { words } from "../words/index.js";

const FILES = ["decoder", "encoder", "encodings", "history", "layers", "metrics"];
const QUESTIONS = ["original", "has_originals", "fetch_originals"];

const root = () => `${/** @type {any} */ (window).gradio_config?.root ?? new URL(".", document.baseURI).href.slice(0, -1)}/`;

/** @returns {Host} */
function host() {
  /** @type {Description[]} */
  const models = JSON.parse(document.getElementById("models").textContent);
  const found = (/** @type {any} */ one) => Object.fromEntries(FILES.filter((part) => one[part]).map((part) => [part, new URL(one[part], root()).href]));
  const asked = models.find(({ decoder }) => decoder)?.decoder.split("models/")[0] ?? "";
  const known = {};
  return {
    name: "gradio",
    descriptions: models.map((one) => ({ ...one, ...found(one) })),
    can: (question) => QUESTIONS.includes(question),
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
    });
    const { answer, error } = await response.json();
    if (!response.ok) throw new Error(error);
    return answer;
  }
}

function ready() {
  begin(host());
  show(lab.tab);
}

/** @param {HTMLElement} element */
export function mountHeader(element) {
  ready();
  mountHeaderPart(element);
}

/** A tab begins when it is seen: it costs nothing before.
 * @param {HTMLElement} element
 * @param {string} name */
export function mountTab(element, name) {
  ready();
  let begun = false;
  new ResizeObserver(async () => {
    if (!element.clientWidth) return;
    if (lab.tab !== name) lab.set("tab", name);
    if (begun) return;
    begun = true;
    const panel = element.appendChild(document.createElement("div"));
    (await TABS[name]()).mount(panel);
  }).observe(element);
}

let shown = false;
function show(/** @type {string} */ name) { // the tab that the address names
  if (shown) return;
  const button = [...document.querySelectorAll('[role="tab"]')].find(({ textContent }) => textContent.trim() === words.common.tabs[name]);
  if (!button) return;
  shown = true;
  if (button.ariaSelected !== "true") /** @type {HTMLElement} */ (button).click();
}
