// Generate: new pictures from codes drawn at random.

import { npy, zip } from "../core/archive.js";
import { png, save, sheet } from "../core/download.js";
import { encodingsOf } from "../core/encodings.js";
import { MOST, SAME, SOURCES, drawCodes, judged } from "../core/generate.js";
import { breathe, SLICE } from "../core/tiles.js";
import { typicalCodes } from "../core/neighbours.js";
import { shown } from "../numbers.js";
import { mountFold } from "../parts/fold.js";
import { mountMap } from "../parts/latent-map.js";
import { mountTiles } from "../parts/tiles.js";
import { lab } from "../store.js";
import { named, words } from "../words/index.js";

const say = words.generate;
const FACTOR = 4; // pixels of the downloaded grid for each of a picture

/** @param {HTMLElement} element
 * @param {string} [id] tells several in one document apart */
export function mount(element, id = "source") {
  element.classList.add("generate");
  element.innerHTML = `
    <p class="lead">${say.lead}</p>
    <div class="columns">
      <form class="asked">
        <fieldset><legend>${say.source}</legend>${SOURCES.map((name, k) => `<label><input type="radio" name="${id}" value="${name}" ${k ? "" : "checked"}> ${say.sources[name]}</label>`).join("")}</fieldset>
        <label class="class" hidden>${say.classPicker} <select></select></label>
        <label class="radius slider" hidden>${say.radius} <input type="range" min="0" max="3" step="0.05" value="0.3" aria-label="${say.radius}"> <output>0.30</output></label>
        <div class="picker" hidden></div>
        <label class="slider">${say.n} <input class="n" type="range" min="1" max="${MOST.n}" value="64" aria-label="${say.n}"> <output>64</output></label>
        <label class="temperature slider">${say.temperature} <input type="range" min="0" max="${MOST.temperature}" step="0.05" value="1" aria-label="${say.temperature}"> <output>1.00</output></label>
        <p class="small">${say.temperatureNote}</p>
        <label>${say.seed} <input class="seed" type="number" min="0" max="${MOST.seed}" step="1" value="0"></label>
        <p class="row"><button type="submit" class="primary">${say.go}</button><button type="button" class="another">${say.another}</button></p>
        <p class="problem doubt" role="alert"></p>
      </form>
      <div class="made">
        <p role="status" class="sentence"></p><div class="sheet"></div>
        <p class="row downloads">${Object.entries(say.files).map(([kind, name]) => `<button type="button" data-kind="${kind}">${name}</button>`).join("")}
          <progress max="1" value="0" hidden></progress><button type="button" class="cancel" hidden>${words.plane.replay.cancel}</button></p>
        <p class="note notes"></p>
      </div>
    </div>
    <details class="styles"><summary>${say.styles}</summary></details>`;
  const find = (/** @type {string} */ selector) => /** @type {any} */ (element.querySelector(selector));
  const [kind, radius, n, temperature, seed] = [".class select", ".radius input", ".n", ".temperature input", ".seed"].map(find);
  const source = () => find("fieldset :checked").value;
  const tiles = mountTiles(find(".sheet"), lab, say.tile);
  mountMap(find(".picker"), { label: say.pick });
  mountFold(find(".styles"), "style", () => import("./style.js"));
  let made = null; // { model, label, tiles }
  let job = null; // a download

  /** What is asked for, or null with a sentence. */
  function wanted() {
    const start = Number(seed.value);
    const good = seed.value !== "" && Number.isInteger(start) && start >= 0 && start <= MOST.seed;
    find(".problem").textContent = good ? "" : say.badSeed(MOST.seed);
    if (!good) return null;
    const label = lab.model.conditional ? lab.label : source() === "class" ? kind.value : null;
    return { source: source(), n: Number(n.value), seed: start, temperature: Number(temperature.value), z: lab.z, radius: Number(radius.value), label };
  }

  async function generate() {
    const { net } = lab;
    if (!net || !element.clientWidth) return;
    const asked = wanted();
    if (!asked) return;
    const points = await encodingsOf(net);
    if (net !== lab.net) return;
    if (asked.source === "class" && !net.classes.length) {
      made = null;
      tiles.show([], null);
      find(".sentence").textContent = say.noClasses;
      return;
    }
    const told = net.conditional ? net.classes.indexOf(asked.label) : null;
    const found = judged(drawCodes(net, points, asked), points, told);
    made = { net, label: asked.label, tiles: found };
    find(".sentence").textContent = say.sentence({
      n: found.length, source: asked.source, name: named(asked.label), conditional: net.conditional, probabilistic: net.probabilistic, z: shown(asked.z), radius: asked.radius,
      known: found.filter((one) => one.known).length, repeated: found.filter((one) => one.repeated).length, same: SAME,
    });
    tiles.show(found, { points, label: net.conditional ? asked.label : null });
  }

  function showFields() {
    if (!lab.model) return;
    find(".class").hidden = source() !== "class" || lab.model.conditional || !lab.model.classes.length;
    find(".radius").hidden = find(".picker").hidden = source() !== "around";
    find(".temperature").hidden = source() === "around";
    for (const [field, digits] of [[radius, 2], [n, 0], [temperature, 2]]) field.nextElementSibling.textContent = Number(field.value).toFixed(digits);
  }
  async function offer() { // of another model
    const { model } = lab;
    if (!model || model.problem) return;
    find(".notes").textContent = say.notes(model.dataset === "mnist");
    const names = typicalCodes(await encodingsOf(model), model.classes).map(({ name }) => name);
    if (model !== lab.model) return;
    kind.replaceChildren(...names.map((name) => new Option(named(name), name)));
    showFields();
    generate();
  }

  const form = find("form");
  form.oninput = showFields;
  form.onchange = () => { showFields(); generate(); };
  form.onsubmit = (/** @type {Event} */ event) => { event.preventDefault(); generate(); };
  find(".another").onclick = () => { seed.value = String((Number(seed.value) + 1) % (MOST.seed + 1)); generate(); };

  // --- files ---------------------------------------------------------------------------------------
  async function download(/** @type {string} */ what) {
    if (!made) { find(".problem").textContent = say.nothing; return; }
    const mine = job = {}, { net, label, tiles: all } = made, [bar, cancel] = [find(".downloads progress"), find(".cancel")];
    const told = net.conditional ? label : null;
    bar.hidden = cancel.hidden = false;
    const pictures = [];
    let start = performance.now();
    for (const { z } of all) {
      pictures.push(Float32Array.from(net.decode(z[0], z[1], told)));
      if (performance.now() - start < SLICE) continue;
      bar.value = pictures.length / all.length;
      await breathe();
      if (job !== mine) break;
      start = performance.now();
    }
    if (job === mine) {
      if (what === "png") save(await png(sheet(pictures, net.shape, Math.ceil(Math.sqrt(all.length)), FACTOR)), "generated.png");
      else if (what === "npz") save(arrays(net, all, pictures, label), "generated.npz");
      else {
        // All at once: browsers wait for a moment without work, up to a second, before they begin one.
        const files = await Promise.all(pictures.map(async (picture, k) => {
          const blob = await png(sheet([picture], net.shape, 1, 1));
          return /** @type {[string, Uint8Array]} */ ([name(k), new Uint8Array(await blob.arrayBuffer())]);
        }));
        files.push(["codes.csv", new TextEncoder().encode(table(all, label))]);
        if (job === mine) save(zip(files), "generated.zip");
      }
    }
    bar.hidden = cancel.hidden = true;
  }
  find(".cancel").onclick = () => { job = null; };
  for (const button of element.querySelectorAll("[data-kind]")) {
    /** @type {HTMLElement} */ (button).onclick = () => download(/** @type {HTMLElement} */ (button).dataset.kind);
  }

  lab.listen(element, (what) => {
    if (what === "model" && lab.net) offer();
    if (what === "rest" && source() === "around") generate();
  });
  new ResizeObserver(() => { if (!made) generate(); }).observe(element); // when its tab opens
  offer();
}

const name = (/** @type {number} */ k) => `${String(k).padStart(4, "0")}.png`;

/** CSV: a row for each picture, its code, its class if that is known, the nearest test image. */
function table(tiles, label) {
  const quoted = /[",\r\n]/.test(label ?? "") ? `"${label.replaceAll('"', '""')}"` : label ?? "";
  const rows = tiles.map(({ z, index, distance }, k) => [k, name(k), z[0].toFixed(6), z[1].toFixed(6), quoted, index, distance.toFixed(6)].join(","));
  return ["index,file,z1,z2,label,nearest_test_image,distance", ...rows].join("\r\n") + "\r\n";
}

/** For numpy.load: images, uint8 (n, H, W) or (n, H, W, 3); z, float32 (n, 2); where the class is known also label, int64 (n,), and classes. */
function arrays(net, tiles, pictures, label) {
  const [channels, height, width] = net.shape, size = height * width, n = tiles.length;
  const levels = new Uint8Array(n * size * channels);
  pictures.forEach((picture, k) => {
    for (let i = 0; i < size; i++) for (let c = 0; c < channels; c++) levels[(k * size + i) * channels + c] = Math.round(255 * picture[c * size + i]);
  });
  const files = [
    ["images.npy", npy(levels, channels === 1 ? [n, height, width] : [n, height, width, channels])],
    ["z.npy", npy(Float32Array.from(tiles.flatMap(({ z }) => z)), [n, 2])],
  ];
  if (label !== null) {
    files.push(["label.npy", npy(BigInt64Array.from({ length: n }, () => BigInt(net.classes.indexOf(label))), [n])], ["classes.npy", npy(net.classes, [net.classes.length])]);
  }
  return zip(/** @type {[string, Uint8Array][]} */ (files));
}
