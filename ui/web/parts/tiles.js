// Generated pictures: a canvas of tiles, decoded in slices, under a button for each, which says what it is nearly the same as.

import { decodeTiles } from "../core/tiles.js";
import { shown } from "../numbers.js";
import { named, words } from "../words/index.js";
import { picture } from "./pictures.js";

const say = words.tiles;
const SMALLEST = 36, LARGEST = 110; // CSS pixels of a tile's width

/** @typedef {{ z: Code, index: number, distance: number, known: boolean, repeated: boolean }} Tile */

/** @param {HTMLElement} element
 * @param {import("../store.js").Store} lab
 * @param {string} name of one picture */
export function mountTiles(element, lab, name) {
  element.classList.add("generated");
  element.innerHTML = `<div class="tiles"><canvas></canvas><div class="marks" role="group"></div></div>
    <div class="about"><div class="pictures two"></div><p></p></div>
    <p class="work row" hidden><progress max="1"></progress> <span></span> <button type="button">${words.plane.replay.cancel}</button></p>`;
  const find = (/** @type {string} */ selector) => /** @type {any} */ (element.querySelector(selector));
  const [canvas, marks, work] = [".tiles canvas", ".marks", ".work"].map(find);
  const [mine, nearest] = [picture(name), picture(say.nearest)];
  find(".pictures").append(mine, nearest);
  /** @type {Tile[]} */ let tiles = [];
  let context = null; // { points, label }
  let run = 0; // the latest decoding; earlier ones stop
  let current = 0; // the tile shown larger

  function columns() { // beside one another: about as many as below, as long as they can be touched
    return Math.max(1, Math.min(Math.ceil(Math.sqrt(tiles.length)), Math.floor(find(".tiles").parentElement.clientWidth / SMALLEST)));
  }

  async function paintAll() {
    const turn = ++run, { net } = lab, wide = columns();
    element.hidden = !tiles.length;
    if (!tiles.length || !net) return;
    find(".tiles").style.maxWidth = `${wide * LARGEST}px`;
    marks.style.gridTemplateColumns = `repeat(${wide}, 1fr)`;
    marks.setAttribute("aria-label", say.label(tiles.length));
    marks.replaceChildren(...tiles.map((tile, k) => {
      const mark = Object.assign(document.createElement("button"), { type: "button", tabIndex: k ? -1 : 0 });
      mark.classList.toggle("known", tile.known);
      mark.classList.toggle("repeated", tile.repeated);
      mark.setAttribute("aria-label", sentence(tile, k));
      return mark;
    }));
    show(0);
    work.hidden = false;
    await decodeTiles(canvas, net, tiles.map(({ z }) => z), wide, context.label, (done) => {
      if (run !== turn || !element.isConnected) return false;
      find("progress").value = done / tiles.length;
      find(".work span").textContent = say.done(done, tiles.length);
      return true;
    });
    if (run === turn) work.hidden = true;
  }
  find(".work button").onclick = () => { run++; work.hidden = true; };

  const sentence = (/** @type {Tile} */ { z, index, distance, known, repeated }, /** @type {number} */ k) =>
    say.about({ k, n: tiles.length, z: shown(z, 3), index, name: named(lab.model.classes[context.points.label[index]]), distance, known, repeated });

  function show(/** @type {number} */ k) { // a tile, larger, beside the nearest test image
    const tile = tiles[k];
    if (!tile || !lab.net) return;
    marks.children[current]?.removeAttribute("aria-current");
    marks.children[current]?.setAttribute("tabindex", "-1");
    current = k;
    marks.children[k].setAttribute("aria-current", "true");
    marks.children[k].tabIndex = 0;
    find(".about p").textContent = sentence(tile, k);
    const { mean, label } = context.points, { net } = lab;
    mine.show(lab.decode(tile.z[0], tile.z[1], context.label), net.shape);
    nearest.show(net.decode(mean[2 * tile.index], mean[2 * tile.index + 1], net.conditional ? net.classes[label[tile.index]] : null), net.shape);
  }

  const place = (/** @type {Event} */ event) => [...marks.children].indexOf(event.target);
  marks.addEventListener("pointerover", (event) => show(place(event)));
  marks.addEventListener("focusin", (event) => show(place(event)));
  marks.addEventListener("click", (event) => {
    const tile = tiles[place(event)];
    if (tile) lab.setZ(tile.z[0], tile.z[1]);
  });
  marks.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() }[event.key];
    if (!step) return;
    event.preventDefault();
    marks.children[place(event) + step]?.focus();
  });
  let width = 0;
  new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    if (width) paintAll();
  }).observe(element);

  return {
    /** @param {Tile[]} what
     * @param {{ points: import("../core/encodings.js").Encodings, label: string | null } | null} within */
    show(what, within) {
      [tiles, context, current] = [what, within, 0];
      paintAll();
    },
  };
}
