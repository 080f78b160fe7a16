// Drawings to train on: each with the name of its class, kept by the browser.

import { prepare } from "../core/prepare.js";
import { Store } from "../store.js";
import { words } from "../words/index.js";
import { mountDrawPad } from "./draw-pad.js";
import { picture } from "./pictures.js";

const say = words.trainData;
const KEPT = "latent-lab drawings";
const SHAPE = /** @type {[number, number, number]} */ ([1, 28, 28]);
const SIZE = 28 * 28;
const MOST = 300;
const LONGEST = 40; // letters of a class

/** @typedef {{ name: string, levels: string }} Drawing levels: a byte for each pixel, in base64 */

/** @param {HTMLElement} element
 * @param {(set: import("../core/train/data.js").DataSet | null) => void} tell */
export function mountDrawings(element, tell) {
  element.classList.add("train-drawings");
  element.innerHTML = `<div class="pad"></div><div class="drawn">
    <p class="row"><label>${say.className} <input type="text" maxlength="${LONGEST}" list="drawn-classes"></label><datalist id="drawn-classes"></datalist><button type="button" class="add primary">${say.add}</button><button type="button" class="all">${say.removeAll}</button></p>
    <p class="doubt problem" role="alert"></p><p class="small" role="status"></p><div class="pictures"></div></div>`;
  const find = (/** @type {string} */ selector) => /** @type {any} */ (element.querySelector(selector));
  const pad = new Store(), input = find("input"), problem = find(".problem");
  mountDrawPad(find(".pad"), pad);
  let drawings = /** @type {Drawing[]} */ (read());

  function changed() {
    try { localStorage.setItem(KEPT, JSON.stringify(drawings)); } catch { problem.textContent = say.notKept; }
    show();
  }

  function show() {
    const names = [...new Set(drawings.map(({ name }) => name))].sort();
    find("datalist").replaceChildren(...names.map((name) => new Option(name)));
    find("[role=status]").textContent = names.length ? say.counts(names.map((name) => `${name} (${drawings.filter((one) => one.name === name).length})`)) : say.noneDrawn;
    find(".pictures").replaceChildren(...drawings.map((one, k) => {
      const figure = picture(one.name);
      figure.show(pixelsOf(one), SHAPE);
      figure.append(Object.assign(document.createElement("button"), { type: "button", textContent: "×", ariaLabel: say.remove(one.name), onclick: () => { drawings.splice(k, 1); changed(); } }));
      return figure;
    }));
    tell(drawings.length ? setOf(names) : null);
  }

  const setOf = (/** @type {string[]} */ classes) => ({
    dataset: "folder", shape: SHAPE, preparation: /** @type {const} */ ("ink"), likelihood: /** @type {const} */ ("bernoulli"), classes,
    images: Float32Array.from(drawings.flatMap((one) => [...pixelsOf(one)])), labels: Uint8Array.from(drawings, ({ name }) => classes.indexOf(name)),
    origin: Int32Array.from(drawings.keys()), factors: null,
  });

  find(".add").onclick = () => {
    const name = input.value.trim(), pixels = pad.picture?.pixels;
    const seen = pixels && prepare(pixels.data, pixels.width, pixels.height, { shape: SHAPE, preparation: "ink" });
    problem.textContent = !name ? say.noName : !seen ? say.nothingDrawn : drawings.length >= MOST ? say.tooMany(MOST) : "";
    if (problem.textContent) return;
    drawings.push({ name, levels: btoa(String.fromCharCode(...seen.image.map((value) => Math.round(255 * value)))) });
    pad.take(null);
    changed();
  };
  find(".all").onclick = () => { drawings = []; changed(); };
  show();
}

function read() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return found.filter((one) => typeof one.name === "string" && one.name.length <= LONGEST && atob(one.levels).length === SIZE).slice(0, MOST);
  } catch { return []; } // nothing may be kept, or something else was
}

const pixelsOf = (/** @type {Drawing} */ { levels }) => Float32Array.from(atob(levels), (letter) => letter.charCodeAt(0) / 255);
