// A picture at a model's own pixels, enlarged, of which parts are hidden.

import { toImageData } from "../core/model.js";
import { words } from "../words/index.js";
import { placeOn } from "./pointer.js";
import { takenBack } from "./undo.js";

const say = words.mask;
const SIZE = 448; // canvas pixels along the longer side, about
const BRUSH = 0.08; // radius of Hide and Show, as a share of the longer side
const PEN = 1.2; // radius of Draw in the picture's pixels: MNIST's strokes are about as bold
const MARGIN = 1.6; // to the left and right of a stroke, how far it is observed that there is paper
const INK_BOX = 20 / 28; // longest side of MNIST's digits
const [HATCH, LINES] = ["#b9c0d2", "#7c86a3"];

/** What is on the pad. `blank`: a hidden page to draw on.
 * @typedef {{ image: Float32Array, known: Uint8Array, strokes: number, blank: boolean, again: boolean }} Masked */

/** @param {HTMLElement} element
 * @param {(masked: Masked) => void} publish called with every stroke that ended
 * @returns {{ back: (count: number) => import("./undo.js").Step, take: (image: ArrayLike<number>, shape: [number, number, number], ink: boolean, hide: "right" | "all" | Uint8Array) => void }} */
export function mountMaskPad(element, publish) {
  const button = (/** @type {string} */ kind, /** @type {string} */ name) => `<button type="button" data-${kind}="${name}" ${kind === "tool" ? 'aria-pressed="false"' : ""}>${say[kind][name]}</button>`;
  element.innerHTML = `
    <div class="mask-pad" data-testid="mask-pad">
      <canvas role="application" tabindex="0" aria-roledescription="${say.pad}" aria-label="${say.padHelp}"></canvas>
      <div class="row" role="group" aria-label="${say.tools}">${["draw", "erase", "hide", "show"].map((name) => button("tool", name)).join("")}</div>
      <div class="row" role="group" aria-label="${say.whole}">${["lower", "right", "all", "none"].map((name) => button("cover", name)).join("")}<button type="button" data-undo>${words.pictures.undo}</button></div>
      <p class="small" role="status"></p>
    </div>`;
  const canvas = element.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const native = document.createElement("canvas"); // one canvas pixel for each of the picture's
  const context = native.getContext("2d", { willReadFrequently: true });
  const size = () => Math.max(native.width, native.height);
  let shape = null, ink = false, blank = false;
  let now = null; // { image: C * H * W, seen: 1 where a pixel is observed, else 0 }
  let before = []; // the same, at the start of each stroke
  let tool = "hide";
  let stroke = null; // the pointer that makes one: { id, at, moved: whether it has }
  let keyed = null; // where the tool is that arrow keys move

  // --- painting ------------------------------------------------------------------------------------
  function draw() {
    const { width, height } = native;
    const scale = Math.floor(SIZE / Math.max(width, height));
    Object.assign(canvas, { width: width * scale, height: height * scale });
    context.putImageData(toImageData(now.image, shape, context), 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(native, 0, 0, canvas.width, canvas.height);
    pen.fillStyle = hatch(pen);
    now.seen.forEach((seen, i) => {
      if (!seen) pen.fillRect((i % width) * scale, Math.floor(i / width) * scale, scale, scale);
    });
    if (ink) frame(scale);
    if (keyed) { pen.strokeStyle = "#1d5fc4"; pen.lineWidth = 3; pen.strokeRect(keyed[0] * scale - 8, keyed[1] * scale - 8, 16, 16); }
    const count = now.seen.reduce((sum, seen) => sum + seen, 0);
    element.querySelector("[role=status]").textContent = say.observed(count, now.seen.length);
  }

  function frame(scale) { // which a digit fills
    const side = Math.round(INK_BOX * Math.min(native.width, native.height)) * scale;
    Object.assign(pen, { strokeStyle: "#4a5470", lineWidth: 1 });
    pen.setLineDash([4, 6]);
    pen.strokeRect((canvas.width - side) / 2, (canvas.height - side) / 2, side, side);
    pen.setLineDash([]);
  }

  // --- strokes -------------------------------------------------------------------------------------
  const brush = () => BRUSH * size();
  const tools = { // how far each reaches, and what it does to a pixel at a distance, maybe beside the line
    hide: { reach: brush, touch: (i) => { now.seen[i] = 0; } },
    show: { reach: brush, touch: (i) => { now.seen[i] = 1; } },
    erase: { reach: () => 2 * PEN, touch: (i) => set(i, 0) },
    draw: {
      reach: () => PEN + MARGIN,
      touch: (i, distance, beside) => {
        const level = Math.min(Math.max(PEN + 0.5 - distance, 0), 1);
        // Beyond the ends there may be more: they stay hidden. Paper there would say that it ends.
        if (beside || level === 1) set(i, Math.max(level, now.seen[i] ? now.image[i] : 0));
      },
    },
  };

  function set(i, level) {
    for (let at = i; at < now.image.length; at += now.seen.length) now.image[at] = level;
    now.seen[i] = 1;
  }

  function sweep(from, to, dot = false) { // the tool along a line, or on a dot that is all there is
    const { reach, touch } = tools[tool];
    const most = reach();
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    for (let i = 0; i < now.seen.length; i++) {
      const [x, y] = [(i % native.width) + 0.5 - from[0], Math.floor(i / native.width) + 0.5 - from[1]];
      const along = (x * dx + y * dy) / (dx * dx + dy * dy);
      const nearest = Math.min(Math.max(along || 0, 0), 1);
      const distance = Math.hypot(x - nearest * dx, y - nearest * dy);
      if (distance <= most) touch(i, distance, dot || along === nearest);
    }
  }

  const place = (event) => [
    placeOn(event, canvas)[0] / canvas.clientWidth * native.width, placeOn(event, canvas)[1] / canvas.clientHeight * native.height];
  const begin = () => before.push({ image: now.image.slice(), seen: now.seen.slice() });

  canvas.addEventListener("pointerdown", (event) => {
    if (stroke || !now || event.button !== 0) return; // a second finger, or another button of the mouse
    canvas.setPointerCapture(event.pointerId);
    begin();
    stroke = { id: event.pointerId, at: place(event) };
    sweep(stroke.at, stroke.at);
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== stroke?.id) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) {
      const to = place(part);
      sweep(stroke.at, to);
      stroke.moved ||= Math.hypot(to[0] - stroke.at[0], to[1] - stroke.at[1]) > 0;
      stroke.at = to;
    }
    draw();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (/** @type {PointerEvent} */ event) => {
      if (event.pointerId !== stroke?.id) return;
      if (!stroke.moved) {
        sweep(stroke.at, stroke.at, true);
        draw();
      }
      stroke = null;
      tell();
    });
  }

  // --- buttons -------------------------------------------------------------------------------------
  function cover(what) {
    const { width, height } = native;
    const hides = {
      lower: (i) => i >= Math.ceil(height / 2) * width,
      right: (i) => i % width >= Math.ceil(width / 2),
      all: () => true,
      none: () => false,
    }[what];
    now.seen = now.seen.map((seen, i) => (hides(i) ? 0 : what === "none" ? 1 : seen));
  }

  function pick(name) {
    tool = name;
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("[data-tool]"))) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === name));
    }
  }

  element.addEventListener("click", ({ target }) => {
    const { tool: name, cover: what, undo } = /** @type {HTMLElement} */ (target).dataset;
    if (name) pick(name);
    if (!now || stroke || (!what && undo === undefined)) return;
    if (what) {
      begin();
      cover(what);
    } else { if (before.length) takenBack(back(before.length)); return; }
    draw();
    tell();
  });

  /** @type {import("./undo.js").Step[]} */ const backs = []; // by the number of strokes
  const back = (/** @type {number} */ count) => backs[count] ??= () => takeBack(count);

  function takeBack(/** @type {number} */ count) { // the last stroke, if it is that one
    if (before.length !== count) return null;
    const was = now, given = now = before.pop();
    draw();
    tell();
    return () => { // the same stroke again, if nothing came in between
      if (now !== given || before.length !== count - 1) return null;
      before.push(given);
      now = was;
      draw();
      tell(true);
      return back(count);
    };
  }

  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!now || (!way && event.key !== " ")) return;
    event.preventDefault();
    const from = keyed ?? [native.width / 2, native.height / 2];
    keyed = from.map((at, k) => Math.min(Math.max(at + (way ? way[k] : 0), 0), k ? native.height : native.width));
    if (event.key === " " || event.shiftKey) {
      begin();
      sweep(from, keyed, true);
      tell();
    }
    draw();
  });
  canvas.addEventListener("blur", () => { keyed = null; if (now) draw(); });

  const tell = (again = false) => publish({ image: now.image.slice(), known: now.seen.slice(), strokes: before.length, blank, again });

  return {
    back,
    take(image, ofShape, isInk, hide) {
      [shape, ink, blank] = [ofShape, isInk, hide === "all"];
      const [, height, width] = shape;
      Object.assign(native, { width, height });
      now = { image: Float32Array.from(image), seen: new Uint8Array(width * height).fill(1) };
      [before, stroke] = [[], null];
      if (typeof hide === "string") cover(hide);
      else now.seen.set(hide);
      for (const name of ["draw", "erase"]) /** @type {HTMLElement} */ (element.querySelector(`[data-tool=${name}]`)).hidden = !ink;
      pick(ink && blank ? "draw" : "hide");
      draw();
      tell();
    },
  };
}

function hatch(pen) {
  const tile = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const line = tile.getContext("2d");
  Object.assign(line, { fillStyle: HATCH, strokeStyle: LINES, lineWidth: 2 });
  line.fillRect(0, 0, 8, 8);
  for (const x of [-8, 0, 8]) {
    line.beginPath();
    line.moveTo(x, 8);
    line.lineTo(x + 8, 0);
    line.stroke();
  }
  return pen.createPattern(tile, "repeat");
}
