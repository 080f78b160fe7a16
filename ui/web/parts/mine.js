// The list of the visitor's own models, and ZIPs of models that are dropped on the page.

import { Fault } from "../core/fault.js";
import { save } from "../core/download.js";
import { forget, fromZip, ownModels, toZip } from "../mine.js";
import { lab } from "../store.js";
import { words } from "../words/index.js";

const say = words.mine;

/** @param {HTMLElement} element */
export function mountMine(element) {
  element.classList.add("mine-list");
  element.innerHTML = `<p class="small">${say.lead}</p><ul></ul><p class="row"><label class="button">${say.open}<input type="file" accept=".zip,application/zip"></label></p>
    <p class="doubt problem" role="alert"></p><p class="small" role="status"></p>`;
  const [list, problem, status] = [element.querySelector("ul"), element.querySelector(".problem"), element.querySelector("[role=status]")];
  const input = element.querySelector("input");

  function show() {
    list.replaceChildren(...ownModels().map(({ name, kept }) => {
      const item = document.createElement("li");
      const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) => Object.assign(document.createElement("button"), { type: "button", textContent: text, onclick });
      const download = button(say.download, () => save(toZip(name), `${name}.zip`));
      const use = button(say.use, () => lab.use(lab.descriptions[name])), drop = button(say.forget, () => forget(name));
      for (const [one, words] of [[use, say.useNamed], [download, say.downloadNamed], [drop, say.forgetNamed]]) /** @type {HTMLElement} */ (one).setAttribute("aria-label", /** @type {any} */ (words)(name));
      item.append(Object.assign(document.createElement("strong"), { textContent: name }), ` ${kept ? say.kept : say.notKept} `, use, download, drop);
      return item;
    }));
    if (!list.children.length) list.append(Object.assign(document.createElement("li"), { textContent: say.none }));
  }

  async function open(/** @type {File} */ file) {
    problem.textContent = status.textContent = "";
    try {
      const name = await fromZip(file);
      status.textContent = say.opened(name);
      lab.use(lab.descriptions[name]);
    } catch (error) { problem.textContent = complaint(error); }
  }

  input.onchange = () => { if (input.files.length) open(input.files[0]); input.value = ""; };
  lab.listen(element, (what) => { if (what === "models") show(); });
  show();
}

function complaint(/** @type {any} */ error) {
  const sentence = say.problems[error instanceof Fault ? error.key : "damaged"];
  return typeof sentence === "function" ? sentence(...error.details) : sentence;
}

/** A ZIP that is dropped anywhere on the page is opened, and what came of it stands at the top. */
export function openDropped() {
  document.addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
  document.addEventListener("drop", async (event) => {
    const file = [...event.dataTransfer?.files ?? []].find(({ name, type }) => /\.zip$/i.test(name) || type === "application/zip");
    const elsewhere = /** @type {Element} */ (event.target).closest?.(".host-training, .train-pictures");
    if (!file || elsewhere) return;
    event.preventDefault();
    event.stopPropagation();
    try {
      const name = await fromZip(file);
      await lab.use(lab.descriptions[name]);
      lab.set("notice", say.opened(name));
    } catch (error) { lab.set("notice", complaint(error)); }
  }, true);
}
