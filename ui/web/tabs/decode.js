// Decode: a code becomes a picture.

import { encodingsOf } from "../core/encodings.js";
import { DENSITY_RADIUS, crowd } from "../core/neighbours.js";
import { paint } from "../core/model.js";
import { shown } from "../numbers.js";
import { mountFold } from "../parts/fold.js";
import { mountMap } from "../parts/latent-map.js";
import { mountNeighbours } from "../parts/neighbours.js";
import { describe } from "../parts/pictures.js";
import { LIMIT, lab } from "../store.js";
import { named, words } from "../words/index.js";

const say = words.decode;
const RANGE = 4; // of the sliders; the map reaches farther

/** @param {HTMLElement} element */
export function mount(element) {
  element.classList.add("decode");
  const slider = (/** @type {number} */ axis) => `<label class="slider">${say.axes[axis]}
    <input type="range" min="${-RANGE}" max="${RANGE}" step="0.01" aria-label="${say.sliders[axis]}">
    <input type="number" min="${-LIMIT}" max="${LIMIT}" step="0.01" aria-label="${say.axes[axis]}"></label>`;
  element.innerHTML = `
    <p class="lead">${say.lead}</p>
    <div class="columns">
      <div class="paint"><figure data-testid="decoded"><canvas></canvas><figcaption></figcaption></figure>${slider(0)}${slider(1)}
        <p class="problem doubt" role="alert"></p>
        <p><a class="button" href="#" download="decoded.png">${say.download}</a></p></div>
      <div class="map"></div>
      <div class="around"><h2>${say.nearest}</h2><div data-testid="nearest"></div><h2>${say.crowded}</h2><p data-testid="crowd"></p></div>
    </div>
    <details class="whole"><summary>${say.whole}</summary></details>`;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (element.querySelector(selector));
  const canvas = /** @type {HTMLCanvasElement} */ (find(".paint canvas"));
  const ranges = /** @type {NodeListOf<HTMLInputElement>} */ (element.querySelectorAll("input[type=range]"));
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (element.querySelectorAll("input[type=number]"));
  const link = /** @type {HTMLAnchorElement} */ (find("a"));
  mountMap(find(".map"), { label: say.where });
  mountFold(/** @type {HTMLDetailsElement} */ (find(".whole")), "manifold", () => import("./manifold.js"));
  const neighbours = mountNeighbours(find("[data-testid=nearest]"));
  link.onclick = () => { link.href = canvas.toDataURL("image/png"); };

  const set = (/** @type {number} */ axis, /** @type {number} */ value) => {
    const z = [...lab.z];
    z[axis] = value;
    lab.setZ(z[0], z[1]);
  };
  ranges.forEach((range, axis) => { range.oninput = () => set(axis, Number(range.value)); });
  fields.forEach((field, axis) => {
    field.oninput = () => { if (field.value !== "" && field.validity.valid) set(axis, Number(field.value)); };
    field.onchange = () => { // what is no number goes back, with a sentence
      const good = field.value !== "" && (field.validity.valid || field.validity.stepMismatch);
      find(".problem").textContent = good ? "" : say.badNumber(LIMIT);
      if (good) set(axis, Number(field.value));
      else show();
    };
  });

  function show() {
    lab.z.forEach((value, axis) => {
      ranges[axis].value = String(value);
      if (document.activeElement !== fields[axis]) fields[axis].value = value.toFixed(2);
    });
    if (!lab.net) return;
    const place = say.place(shown(lab.z), named(lab.label));
    find("figcaption").textContent = place;
    describe(canvas, say.decoded(place));
    paint(canvas, lab.decode(lab.z[0], lab.z[1]), lab.net.shape);
  }

  async function showAround() {
    const { model, z } = lab;
    if (!model || model.problem) return;
    const points = await encodingsOf(model).catch(() => null); // the map says why
    if (model !== lab.model || z !== lab.z || !points) return;
    if (lab.net) neighbours.show(lab.net, points, z);
    const { count, expected, percentile } = crowd(points, z);
    find("[data-testid=crowd]").textContent = say.crowd({ count, all: points.label.length, radius: DENSITY_RADIUS, expected: model.probabilistic ? expected : null, percentile });
  }

  lab.listen(element, (what) => {
    if (what === "z" || what === "model") show();
    if (what === "rest" || what === "model") showAround();
  });
  show();
  showAround();
}
