// The name of the lab, the pickers of model and class, the current code and the link.

import { shown } from "../numbers.js";
import { link } from "../link.js";
import { lab } from "../store.js";
import { words } from "../words/index.js";

/** @param {HTMLElement} element */
export function mount(element) {
  const say = words.common;
  element.classList.add("lab", "lab-header");
  element.innerHTML = `
    <div class="name"><h1>${say.title}</h1><p>${say.subtitle}</p></div>
    <div class="model"><label>${say.model} <select data-testid="model"></select></label><p class="about"></p></div>
    <label class="class" hidden>${say.classPicker} <select data-testid="class"></select></label>
    <p class="code">${say.code}<br><strong data-testid="code"></strong></p>
    <button type="button" class="link">${say.copyLink}</button>
    <p class="status" role="status"></p>`;
  const find = (selector) => element.querySelector(selector);
  const [models, classes] = [find(".model select"), find(".class select")];
  models.append(...Object.keys(lab.descriptions).map((name) => new Option(name)));
  models.onchange = () => lab.use(lab.descriptions[models.value]);
  classes.onchange = () => lab.use(lab.model, classes.value);
  find(".link").onclick = async () => {
    const url = link();
    find(".status").textContent = await navigator.clipboard.writeText(url)
      .then(() => say.copied, () => say.notCopied(url));
  };

  function show(what) {
    if (what === "z") { find("[data-testid=code]").textContent = `z = ${shown(lab.z)}`; return; }
    if (what !== "model") return;
    models.value = lab.model.name;
    find(".about").textContent = lab.model.problem ? "" : say.about(lab.model);
    find(".class").hidden = lab.label === null;
    if (lab.label !== null) {
      classes.replaceChildren(...lab.model.classes.map((name) => new Option(name)));
      classes.value = lab.label;
    }
    find(".status").textContent = lab.failed ? say.failed(lab.failed) : "";
  }

  lab.listen(element, show);
  show("model");
  show("z");
}

