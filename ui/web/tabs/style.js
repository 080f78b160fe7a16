// Change the class: one code decoded as every class, by a model that is told the class.

import { paint } from "../core/model.js";
import { SLICE, breathe } from "../core/tiles.js";
import { shown } from "../numbers.js";
import { lab } from "../store.js";
import { named, words } from "../words/index.js";

const say = words.style;
const LEVELS = [-1.5, 0, 1.5]; // deviations of the prior, along each axis: a style far to one side, in the middle, to the other

/** @param {HTMLElement} element */
export function mount(element) {
  element.classList.add("style");
  element.innerHTML = `<p class="lead">${say.lead}</p><p class="sentence" role="status"></p><p class="row models"></p><div class="scroll"><table></table></div>`;
  const find = (/** @type {string} */ selector) => /** @type {any} */ (element.querySelector(selector));
  const table = find("table");
  let turn = 0; // of the table that is wanted
  let of = []; // what the table shows

  const cell = (tag, text, scope = "") => {
    const made = Object.assign(document.createElement(tag), { textContent: text });
    if (scope) made.scope = scope;
    return made;
  };

  function mark() { // what is in use
    for (const button of table.querySelectorAll("button")) {
      const here = button.z.every((/** @type {number} */ value, /** @type {number} */ axis) => Math.abs(value - lab.z[axis]) < 1e-4) && button.name === lab.label;
      button.setAttribute("aria-pressed", String(here));
    }
  }

  async function update() {
    const { net, seen } = lab;
    const now = [net, seen?.image, seen?.mean];
    if (now.every((part, k) => part === of[k])) { mark(); return; }
    of = now;
    const mine = ++turn;
    table.replaceChildren();
    find(".models").replaceChildren();
    if (!net) return;
    if (!net.conditional) {
      const told = Object.values(lab.descriptions).filter((one) => one.conditional && !one.problem);
      find(".sentence").textContent = say.notTold(net.name, told.length > 0);
      find(".models").append(...told.map((one) => Object.assign(document.createElement("button"), { type: "button", textContent: say.use(one.name), onclick: () => lab.use(one) })));
      return;
    }
    find(".sentence").textContent = seen ? say.readAs(named(seen.label)) : say.noPicture;
    const rows = LEVELS.toReversed().flatMap((z2) => LEVELS.map((z1) => ({ name: "", z: [z1, z2] })));
    if (seen) rows.unshift({ name: say.yours, z: seen.mean });
    const { classes } = net;
    table.createTHead().insertRow().append(cell("th", ""), ...classes.map((name) => cell("th", named(name), "col")));
    const body = table.createTBody();
    let start = performance.now();
    for (const { name, z } of rows) {
      const row = body.insertRow();
      row.classList.toggle("own", Boolean(name));
      row.append(cell("th", name || shown(z, 1), "row"));
      for (const label of classes) {
        const [button, canvas] = ["button", "canvas"].map((tag) => /** @type {any} */ (document.createElement(tag)));
        Object.assign(button, { type: "button", z, name: label, onclick: () => { lab.use(lab.model, label); lab.setZ(z[0], z[1]); } });
        button.setAttribute("aria-label", say.as(name || shown(z, 1), named(label)));
        button.append(canvas);
        row.insertCell().append(button);
        paint(canvas, net.decode(z[0], z[1], label), net.shape);
        if (performance.now() - start < SLICE) continue;
        await breathe();
        if (mine !== turn || !element.isConnected) return;
        start = performance.now();
      }
    }
    mark();
  }

  lab.listen(element, (what) => {
    if (what === "model" || what === "measured" || (what === "seen" && !lab.seen)) update();
    if (what === "z") mark();
  });
  update();
}
