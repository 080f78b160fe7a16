// Map: the encoded test set, to explore.

import { encodingsOf } from "../core/encodings.js";
import { layersOf } from "../core/layers.js";
import { paint } from "../core/model.js";
import { SIDE as REGION_SIDE, regions } from "../core/regions.js";
import { readBytes } from "../core/safetensors.js";
import { percent, number, shown } from "../numbers.js";
import { shares } from "../parts/charts.js";
import { mountMap } from "../parts/latent-map.js";
import { describe } from "../parts/pictures.js";
import { lab } from "../store.js";
import { named, why, words } from "../words/index.js";

const say = words.map;
const SPAN = 9; // of a layer, in units of the axes, as vae_core/evaluate/layers.py has it
const FACTOR = Math.log(100); // how much denser or emptier than the prior the colours reach
const LAYERS = ["none", "area", "crowd", "regions"];
const SHOWN = [1, 20, 50]; // neighbours whose accuracy the table has

/** @param {HTMLElement} element
 * @param {string} [id] tells several maps in one document apart */
export function mount(element, id = "layer") {
  element.classList.add("map-tab");
  element.innerHTML = `
    <p class="lead">${say.lead}</p>
    <div class="columns">
      <div class="map"></div>
      <div class="beside">
        <figure data-testid="decoded"><canvas></canvas><figcaption></figcaption></figure>
        <fieldset class="layers"><legend>${say.layer}</legend>${LAYERS.map((name) => `<label><input type="radio" name="${id}" value="${name}" ${name === "none" ? "checked" : ""}> ${say.layers[name]}</label>`).join("")}
          <label class="k" hidden>${say.neighbours} <input type="range" min="1" max="50" value="20" aria-label="${say.neighbours}"> <output>20</output></label></fieldset>
        <p class="note words" role="status"></p>
        <p class="originals" hidden><button type="button">${say.fetch}</button> <progress hidden></progress> <span class="small" role="status">${say.fetchFor}</span></p>
        <details class="features"><summary>${say.features}</summary><p>${say.featuresNote}</p><div data-testid="features"></div></details>
        <details><summary>${say.help}</summary>${say.helpParts.map((part) => `<p>${part}</p>`).join("")}</details>
      </div>
    </div>`;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (element.querySelector(selector));
  const canvas = /** @type {HTMLCanvasElement} */ (find("figure canvas"));
  const neighbours = /** @type {HTMLInputElement} */ (find(".k input"));
  const radios = /** @type {HTMLInputElement[]} */ ([...element.querySelectorAll("[type=radio]")]);
  const map = mountMap(find(".map"), { label: say.map, colourBy: true, tools: true, replay: true });

  function showPicture() {
    if (!lab.net) return;
    const place = words.decode.place(shown(lab.z), named(lab.label));
    find("figcaption").textContent = place;
    describe(canvas, words.decode.decoded(place));
    paint(canvas, lab.decode(lab.z[0], lab.z[1]), lab.net.shape);
  }

  let turn = 0;
  async function showLayer() {
    const { model } = lab, now = ++turn;
    if (!model || model.problem) return;
    const name = radios.find(({ checked }) => checked).value;
    find(".k").hidden = name !== "regions";
    find(".k output").textContent = neighbours.value;
    const put = (/** @type {import("../parts/latent-map.js").Field | null} */ field, /** @type {string} */ sentence) => {
      if (now !== turn) return;
      map.show({ field });
      find(".words").textContent = sentence;
    };
    if (name === "none") { put(null, ""); return; }
    if (!model.layers) { put(null, say.notMeasured(model.name)); return; }
    find(".words").textContent = say.waiting;
    try {
      const { tensors } = await layersOf(model);
      if (name === "regions") {
        if (!tensors.knn) { put(null, model.classes.length ? say.oneLabel : say.noLabels); return; }
        const k = Math.min(Number(neighbours.value), tensors.knn.length);
        const values = await regions(await encodingsOf(model), k, SPAN, () => now === turn);
        if (values) put({ name: say.layers.regions, values, side: REGION_SIDE, span: SPAN, classes: model.classes.map(named) }, say.regions(k, tensors.knn[k - 1]) + (model.conditional ? ` ${say.styleOnly}` : ""));
      } else if (name === "crowd") {
        if (!tensors.crowd) { put(null, say.noCrowd); return; }
        const values = tensors.crowd.map((/** @type {number} */ value) => Math.min(Math.max(value, -FACTOR), FACTOR));
        put({ name: "log q(z) / p(z)", values, side: Math.sqrt(values.length), span: SPAN, unit: words.plane.nats }, say.crowd(tensors.aggregate[0], tensors.aggregate[1]));
      } else {
        const told = Math.max(model.classes.indexOf(lab.label), 0), planes = model.conditional ? model.classes.length : 1;
        const size = tensors.area.length / planes;
        const values = tensors.area.subarray(told * size, (told + 1) * size);
        put({ name: say.layers.area, values, side: Math.sqrt(size), span: SPAN, unit: words.plane.nats }, say.area);
      }
    } catch (error) { put(null, say.unreadable(why(error))); }
  }
  for (const radio of radios) radio.onchange = showLayer;
  neighbours.oninput = () => { find(".k output").textContent = neighbours.value; };
  neighbours.onchange = showLayer;

  const fold = /** @type {HTMLDetailsElement} */ (find(".features"));
  async function showFeatures() {
    const { model } = lab, box = find("[data-testid=features]");
    if (!fold.open || !model || model.problem) return;
    if (!model.layers) { box.textContent = say.notMeasured(model.name); return; }
    const { tensors, groups } = await layersOf(model);
    const measured = model.metrics ? JSON.parse(new TextDecoder().decode(await readBytes(model.metrics))).features : null;
    if (model !== lab.model) return;
    if (!tensors.knn) { box.textContent = model.classes.length ? say.oneLabel : say.noLabels; return; }
    const k = tensors.groups_ari.length + 1;
    const at = measured?.pca_ari ? measured.k.indexOf(k) : -1;
    const curves = { [say.theCode]: tensors.knn, ...(at >= 0 && measured.pca_knn ? { PCA: measured.pca_knn } : {}) };
    const ari = [groups(k).ari, ...(at >= 0 ? [measured.pca_ari[at]] : [])];
    const rows = [[say.rand(k), ...ari.map((value) => number(value, 2))],
      ...SHOWN.filter((one) => one <= tensors.knn.length).map((one) => [say.accuracy(one), ...Object.values(curves).map((curve) => percent(curve[one - 1], 1))])];
    box.innerHTML = `<table><thead><tr>${["", ...Object.keys(curves)].map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead><tbody>`
      + rows.map(([name, ...cells]) => `<tr><th scope="row">${name}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("") + "</tbody></table>"
      + `<h3>${say.curves}</h3>` + shares(curves, { words: say.curves, x: say.byNeighbours, y: say.rightly }) + (model.conditional ? `<p class="note">${say.styleOnly}</p>` : "");
  }
  fold.ontoggle = showFeatures;

  // --- the dataset's own pictures, where the host has a disk -----------------------------------------------
  const [offer, button, progress, status] = [find(".originals"), /** @type {HTMLButtonElement} */ (find(".originals button")), find(".originals progress"), find(".originals span")];
  async function offerOriginals() {
    const { model } = lab;
    offer.hidden = true;
    if (!model || model.mine || !lab.host.can("fetch_originals")) return;
    const there = await lab.host.ask("has_originals", { model: model.name }).catch(() => true);
    if (model === lab.model) offer.hidden = Boolean(there);
  }
  button.onclick = async () => {
    const { model } = lab;
    button.disabled = true;
    progress.hidden = false;
    try {
      await lab.host.ask("fetch_originals", { model: model.name });
      if (model === lab.model) offer.hidden = true;
    } catch (error) { status.textContent = why(error); }
    button.disabled = false;
    progress.hidden = true;
  };

  lab.listen(element, (what) => {
    if (what === "z" || what === "model") showPicture();
    if (what !== "model") return;
    showLayer();
    showFeatures();
    offerOriginals();
  });
  showPicture();
  offerOriginals();
}
