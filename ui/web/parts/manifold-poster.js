// A view of the manifold as a file: every picture in its own size.

import { png, save } from "../core/download.js";
import { decodeTiles, tileCodes } from "../core/tiles.js";
import { words } from "../words/index.js";

const say = words.manifold;
const LENGTHS = [1000, 4000]; // pixels of its longer side

/** @param {HTMLElement} element
 * @param {import("../store.js").Store} lab
 * @param {() => { view: { x: number, y: number, span: number }, toZ: (u: number[]) => Code } | null} now what is in view; null if nothing is yet
 * @param {(sentence: string) => void} announce
 * @returns {() => void} to be called when another model may be in use */
export function mountPoster(element, lab, now, announce) {
  element.innerHTML = `<label>${say.poster} <input type="range"></label> <output></output> <button type="button" class="make">${say.download}</button>
    <progress max="1" value="0" aria-label="${say.progress}" hidden></progress><button type="button" class="cancel" hidden>${words.plane.replay.cancel}</button>`;
  const [amount, output, make, bar, cancel] = ["input", "output", ".make", "progress", ".cancel"].map((selector) => /** @type {any} */ (element.querySelector(selector)));
  let job = null;

  function offer() {
    const [, height, width] = lab.model.shape;
    const [least, most] = LENGTHS.map((length) => length / Math.max(width, height));
    const [min, max] = [Math.ceil(least), Math.max(Math.floor(most), Math.ceil(least))];
    if (Number(amount.max) !== max || Number(amount.min) !== min) Object.assign(amount, { min, max, value: min });
    const n = Number(amount.value);
    output.textContent = say.amount(n, n * width, n * height);
  }

  make.onclick = async () => {
    const { net, label, model: { name } } = lab, shown = now();
    if (!net || !shown) return;
    const n = Number(amount.value);
    const mine = job = {};
    const codes = tileCodes(shown.view, n).map(shown.toZ);
    const canvas = document.createElement("canvas");
    const wanted = (/** @type {number} */ done) => { bar.value = done / codes.length; return job === mine && element.isConnected; };
    [make.hidden, bar.hidden, cancel.hidden] = [true, false, false];
    cancel.focus();
    let sentence = say.cancelled;
    if (await decodeTiles(canvas, net, codes, n, label, wanted)) {
      const blob = await png(canvas);
      const file = `${[name, label, "manifold", canvas.width].filter((part) => part !== null).join("-")}.png`;
      if (blob) save(blob, file);
      sentence = blob ? say.ready(file) : say.tooLarge;
    }
    announce(sentence);
    [make.hidden, bar.hidden, cancel.hidden] = [false, true, true];
    make.focus();
    job = null;
  };
  amount.oninput = offer;
  cancel.onclick = () => { job = null; };
  return offer;
}
