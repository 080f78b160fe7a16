// The bar: the name of the lab, the pickers of model, class, language and look, the current code, and the link.

import { shown } from "../numbers.js";
import { lab } from "../store.js";
import { LANGUAGES, choose, named, now, why, words } from "../words/index.js";
import { mountShare } from "./share.js";
import { mountUndo } from "./undo.js";

const KEPT = "latent-lab look";
const LOOKS = { system: [], light: ["light"], dark: ["dark"], projector: ["projector"] }; // classes of the page

/** @param {HTMLElement} element
 * @param {() => void} again mounts the page in another language */
export function mount(element, again) {
  const say = words.common;
  element.classList.add("lab", "lab-header");
  element.innerHTML = `
    <div class="name"><h1>${say.title}</h1></div>
    <label class="model">${say.model} <select data-testid="model"></select></label>
    <label class="class" hidden>${say.classPicker} <select data-testid="class"></select></label>
    <p class="code">${say.code} <strong data-testid="code"></strong></p>
    <label class="language"><span>${say.languagePicker}</span> <select data-testid="language"></select></label>
    <label class="look"><span>${say.look}</span> <select data-testid="look"></select></label>
    <span class="undo"><button type="button" data-testid="undo"></button><button type="button" data-testid="redo"></button></span>
    <button type="button" class="link">${words.share.open}</button>
    <details class="about"><summary>${say.aboutModel}</summary><p></p></details>
    <p class="status" role="status"></p>`;
  const find = (selector) => element.querySelector(selector);
  const [models, classes, languages, looks] = ["model", "class", "language", "look"].map((name) => find(`.${name} select`));
  const offer = () => models.replaceChildren(...Object.values(lab.descriptions).map(({ name, mine, kept }) => new Option(mine ? say.mine(name, kept) : name, name)));
  offer();
  models.onchange = () => lab.use(lab.descriptions[models.value]);
  classes.onchange = () => lab.use(lab.model, classes.value);
  languages.append(...Object.entries(LANGUAGES).map(([key, name]) => new Option(name, key)));
  languages.value = now.language;
  languages.onchange = async () => {
    await choose(languages.value);
    lab.notice = ""; // in another language
    again();
    lab.tell("rest"); // the address names the language too
  };
  looks.append(...Object.keys(LOOKS).map((key) => new Option(say.looks[key], key)));
  looks.value = look();
  looks.onchange = () => {
    try { localStorage.setItem(KEPT, looks.value); } catch { /* a page from a disk keeps nothing */ }
    dress(looks.value);
  };
  mountUndo(find("[data-testid=undo]"), find("[data-testid=redo]"));
  mountShare(find(".link"), element);

  function show(what) {
    if (what === "z") { find("[data-testid=code]").textContent = `z = ${shown(lab.z)}`; return; }
    if (what === "notice") find(".status").textContent = lab.notice;
    if (what === "models") offer();
    if (what !== "model" && what !== "models") return;
    models.value = lab.model.name;
    find(".about p").textContent = lab.model.problem ? "" : say.about(lab.model);
    find(".class").hidden = lab.label === null;
    if (lab.label !== null) {
      classes.replaceChildren(...lab.model.classes.map((name) => new Option(named(name), name)));
      classes.value = lab.label;
    }
    find(".status").textContent = lab.failed ? say.failed(why(lab.failed)) : "";
  }

  lab.listen(element, show);
  dress(look());
  show("model");
  show("z");
  if (lab.notice) show("notice");
}

function look() {
  try { return localStorage.getItem(KEPT) in LOOKS ? localStorage.getItem(KEPT) : "system"; } catch { return "system"; }
}

function dress(/** @type {string} */ name) {
  const { classList } = document.documentElement;
  classList.remove(...Object.values(LOOKS).flat());
  classList.add(...LOOKS[name]);
}
