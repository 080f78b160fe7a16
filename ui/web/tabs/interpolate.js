// Interpolate: the straight line between two codes, and another path if one is asked for, decoded step by step.

import { png, save, sheet } from "../core/download.js";
import { encodingsOf } from "../core/encodings.js";
import { gif } from "../core/gif.js";
import { DENSITY_RADIUS, nearest, typicalCodes } from "../core/neighbours.js";
import { shortest } from "../core/shortest.js";
import { shown } from "../numbers.js";
import { mountMap } from "../parts/latent-map.js";
import { mountPlayer } from "../parts/player.js";
import { mountStrip } from "../parts/strip.js";
import { LIMIT, lab } from "../store.js";
import { named, why, words } from "../words/index.js";

const say = words.interpolate;
const MOST_STEPS = 40;
const CURVE = 61; // codes of a geodesic: it shows no corners then
const FACTOR = 4; // pixels of a download for each of a picture
const EVERY = 12; // hundredths of a second between two pictures of an animation

/** @param {HTMLElement} element */
export function mount(element) {
  element.classList.add("interpolate");
  const typical = (/** @type {number} */ k) => `<label class="of">${"AB"[k]} <select aria-label="${say.typicalOf("AB"[k])}"></select></label>`;
  const end = (/** @type {number} */ k) => `<fieldset><legend>${say.ends[k]}</legend>
    ${[0, 1].map((axis) => `<label>z${axis + 1} <input type="number" step="0.05" min="${-LIMIT}" max="${LIMIT}" aria-label="${say.end(k, axis)}"></label>`).join("")}
    <button type="button" class="here">${say.here}</button><button type="button" class="mine">${say.mine}</button></fieldset>`;
  element.innerHTML = `
    <p class="lead">${say.lead}</p>
    <div class="columns">
      <div class="map"></div>
      <div class="paths">
        <p class="row from">${typical(0)} → ${typical(1)} <button type="button" class="swap">${say.swap}</button>
          <label>${say.second} <select class="second"><option value="none">${say.none}</option>${Object.entries(words.plane.seconds).map(([value, name]) => `<option value="${value}">${name}</option>`).join("")}</select></label></p>
        <p class="name">${words.plane.straight}</p><div class="straight" data-testid="straight"></div>
        <p class="name of-second"></p><div class="geodesic" data-testid="geodesic"></div>
        <p class="status" role="status"></p><p data-testid="lengths"></p>
        <div class="play"></div>
        <p class="row"><label class="slider">${say.steps} <input class="steps" type="range" min="2" max="${MOST_STEPS}" aria-label="${say.steps}"> <output></output></label>
          <button type="button" class="strip-file">${say.strip}</button><button type="button" class="gif-file">${say.animation}</button></p>
      </div>
    </div>
    <div class="ends">${end(0)}${end(1)}</div>
    <p class="problem doubt" role="alert"></p>`;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (element.querySelector(selector));
  const steps = /** @type {HTMLInputElement} */ (find(".steps"));
  const sides = /** @type {HTMLFieldSetElement[]} */ ([...element.querySelectorAll("fieldset")]);
  const selects = /** @type {HTMLSelectElement[]} */ ([...element.querySelectorAll(".of select")]);
  const second = /** @type {HTMLSelectElement} */ (find(".second"));
  const fields = sides.map((side) => /** @type {HTMLInputElement[]} */ ([...side.querySelectorAll("input")]));
  mountMap(find(".map"), { label: say.where, ends: true });
  const [straight, geodesic] = [mountStrip(find(".straight"), lab), mountStrip(find(".geodesic"), lab)];
  const player = mountPlayer(find(".play"), lab);

  const move = (/** @type {number} */ k, /** @type {number[]} */ z) => lab.setPath(lab.ends.map((one, n) => (n === k ? z : one)));
  sides.forEach((side, k) => {
    selects[k].onchange = () => { if (selects[k].value) move(k, JSON.parse(selects[k].value)); };
    fields[k].forEach((field, axis) => {
      field.onchange = () => {
        const value = Number(field.value), good = field.value !== "" && Math.abs(value) <= LIMIT;
        find(".problem").textContent = good ? "" : words.decode.badNumber(LIMIT);
        if (good) move(k, lab.ends[k].map((one, n) => (n === axis ? value : one)));
        show();
      };
    });
    const [here, mine] = side.querySelectorAll("button");
    here.onclick = () => move(k, lab.z);
    mine.onclick = () => {
      find(".problem").textContent = lab.seen ? "" : say.noPicture;
      if (lab.seen) move(k, lab.seen.mean);
    };
  });
  steps.oninput = () => lab.setPath(lab.ends, Number(steps.value));
  second.onchange = () => lab.findSecond(/** @type {import("../store.js").Second} */ (second.value));
  find(".swap").onclick = () => lab.setPath([lab.ends[1], lab.ends[0]]);
  const pictures = () => lab.path().map((z) => Float64Array.from(lab.decode(z[0], z[1])));
  find(".strip-file").onclick = async () => { if (lab.net) save(await png(sheet(pictures(), lab.net.shape, lab.steps, FACTOR)), "interpolation.png"); };
  find(".gif-file").onclick = () => {
    if (!lab.net) return;
    const frames = pictures().map((one) => sheet([one], lab.net.shape, 1, FACTOR));
    const there = frames.map((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height));
    save(gif([...there, ...there.slice(1, -1).reverse()], EVERY), "interpolation.gif");
  };

  function show() {
    if (!lab.model || !lab.ends) return;
    steps.value = String(lab.steps);
    find("output").textContent = String(lab.steps);
    fields.forEach((pair, k) => pair.forEach((field, axis) => { if (document.activeElement !== field) field.value = lab.ends[k][axis].toFixed(2); }));
    for (const [k, select] of selects.entries()) {
      if (select.value && JSON.stringify(JSON.parse(select.value)) !== JSON.stringify(lab.ends[k])) select.value = "";
    }
    const label = (/** @type {string} */ name) => say.strips(lab.steps, name, shown(lab.ends[0]), shown(lab.ends[1]));
    straight.show(lab.ends, label(words.plane.straight));
    second.value = lab.second;
    find(".of-second").hidden = find(".geodesic").hidden = lab.second === "none";
    find(".of-second").textContent = words.plane.seconds[lab.second] ?? "";
    if (lab.second !== "none") geodesic.show(lab.geodesic, label(words.plane.seconds[lab.second]));
    player.show();
  }

  let of = null; // the model that the classes are of
  async function offer() { // typical images of classes, and where a path starts under this model
    const { model } = lab;
    if (!model || model === of || model.problem) return;
    of = model;
    const points = await encodingsOf(model).catch(() => null);
    if (model !== lab.model || !points) return;
    const typical = model.conditional ? [] : typicalCodes(points, model.classes);
    selects.forEach((select, k) => {
      select.parentElement.hidden = typical.length < 2;
      select.replaceChildren(new Option("—", ""), ...typical.map(({ name, z }) => new Option(named(name), JSON.stringify(z.map((value) => Number(value.toFixed(4)))))));
      if (!lab.ends) select.value = "";
      else select.selectedIndex = Math.max([...select.options].findIndex(({ value }) => value === JSON.stringify(lab.ends[k])), 0);
    });
    if (!lab.ends) lab.setPath(typical.length > 1 ? [typical[0].z, typical[1].z] : across(points));
    show();
    selects.forEach((select, k) => {
      select.selectedIndex = Math.max([...select.options].findIndex(({ value }) => value === JSON.stringify(lab.ends[k])), 0);
    });
  }

  async function findGeodesic() { // once the path rests
    const { net, ends, label, second } = lab;
    if (!net || !ends || second === "none" || lab.geodesic || !element.clientWidth) return;
    const status = find(".status");
    const found = await shortest(net, ends, CURVE, { label, stay: second === "near", progress: (share) => { status.textContent = say.preparing(share); } })
      .catch((error) => { status.textContent = say.failed(why(error)); return null; });
    if (!found || net !== lab.net || ends !== lab.ends || label !== lab.label || second !== lab.second) return;
    status.textContent = "";
    lab.set("geodesic", found.codes);
    const points = await encodingsOf(net);
    const alone = found.codes.filter((z) => nearest(points, z, 1)[0].distance > DENSITY_RADIUS).length / found.codes.length;
    if (ends !== lab.ends || second !== lab.second) return;
    find("[data-testid=lengths]").textContent = say.lengths[second](found.length, found.straightLength, alone);
  }

  lab.listen(element, (what) => {
    if (what === "model") offer();
    if (what === "path" || what === "model" || what === "second") {
      find(".status").textContent = "";
      find("[data-testid=lengths]").textContent = "";
      show();
    }
    if (what === "geodesic") show();
    if (what === "rest") findGeodesic();
  });
  new ResizeObserver(findGeodesic).observe(element); // when its tab opens
  offer();
  show();
  findGeodesic();
}

/** The test codes farthest left and farthest right, of the inner nine tenths. */
function across({ mean, label }) {
  const order = Array.from(label.keys()).sort((a, b) => mean[2 * a] - mean[2 * b]);
  const at = (/** @type {number} */ share) => order[Math.round(share * (order.length - 1))];
  return [at(0.05), at(0.95)].map((i) => /** @type {Code} */ ([mean[2 * i], mean[2 * i + 1]]));
}
