// What the colours of a map's points say: the picker, the legend, and the groups of k-means.

import { layersOf } from "../core/layers.js";
import { number } from "../numbers.js";
import { named, words } from "../words/index.js";
import { colouring, palette, ramp } from "./latent-map-paint.js";

const say = words.plane;
const FIGURES = ["distortion", "rate", "log_prob"]; // in nats, of each point

export function mountColours(map) {
  const { lab, options } = map;
  const [select, count, label, legend, agreement] = [".colour-by select", ".groups input", ".groups", ".classes", ".agreement"]
    .map((selector) => map.find(selector));
  map.find(".colour-by").hidden = !options.colourBy;
  select.append(...["class", ...FIGURES, "k-means"].map((name) => new Option(say.colours[name], name)));

  /** What this model's points can be coloured by. */
  function offer() {
    for (const option of select.options) {
      const values = map.points?.[option.value];
      option.hidden = option.value === "k-means" ? !lab.model.layers
        : option.value !== "class" && !(values && values.every(Number.isFinite)); // a plain autoencoder has no finite rate
      if (option.hidden && option.selected) select.value = "class";
    }
    select.options[0].text = lab.model.classes.length ? say.colours.class : say.colours.nothing;
    recolour();
  }

  async function recolour() {
    const { model } = lab, by = select.value, k = Number(count.value);
    label.hidden = by !== "k-means";
    label.querySelector("output").textContent = String(k);
    const grouped = map.points && by === "k-means" ? (await layersOf(model)).groups(k) : null;
    if (lab.model !== model || select.value !== by || Number(count.value) !== k) return; // another was picked meanwhile
    if (map.groups || grouped) map.hidden = new Set();
    map.groups = grouped?.of ?? null;
    agreement.textContent = grouped ? say.agreement(k, grouped.ari) : "";
    show();
  }

  function show() {
    legend.replaceChildren();
    if (!map.points) return;
    const names = map.groups ? Array.from({ length: Number(count.value) }, (_, k) => say.group(k + 1)) : lab.model.classes.map(named);
    const values = map.points[select.value];
    const found = colouring(map.parts(), names.length, values);
    map.colours = found.colours;
    map.draw("points");
    if (values) { legend.append(...colourBar(found, say.nats)); return; }
    legend.append(...names.map((name, k) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(dot(k), name);
      const told = () => button.setAttribute("aria-pressed", String(!map.hidden.has(k)));
      button.onclick = () => { if (!map.hidden.delete(k)) map.hidden.add(k); told(); map.draw("points"); };
      told();
      return button;
    }));
  }

  select.onchange = count.onchange = recolour;
  count.oninput = () => { label.querySelector("output").textContent = count.value; };
  return { offer, show };
}

/** What a layer's colours mean.
 * @param {import("./latent-map.js").Field} field
 * @param {{ low?: number, high?: number }} range */
export function fieldKey({ name, classes, unit }, range) {
  const key = classes ? classes.flatMap((one, k) => [dot(k), one]) : colourBar(range, unit ?? "");
  return [`${name}: `, ...key];
}

function colourBar(/** @type {{ low?: number, high?: number }} */ { low, high }, unit) {
  const bar = document.createElement("span");
  bar.className = "ramp";
  bar.style.background = `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map((share) => `rgb(${ramp(share)})`)})`;
  return [number(low, 1), bar, `${number(high, 1)} ${unit}`];
}

function dot(k) { // of the colour of a class or group
  const made = document.createElement("i");
  const shades = palette();
  made.style.background = shades[k % shades.length];
  return made;
}
