// The page to draw on. It shows the page's one picture: strokes that can go on, or what an example or an upload looks like.

import { SIDE, drawPage, pixelsOf } from "../core/page.js";
import { paint } from "../core/model.js";
import { words } from "../words/index.js";
import { placeOn } from "./pointer.js";
import { takeBack } from "./undo.js";

const say = words.pictures;
const FINE = 2; // pixels of the canvas for each place of the page
const KEY_STEP = 6; // of a pen that arrow keys move

/** @param {HTMLElement} element
 * @param {import("../store.js").Store} lab whose picture it draws */
export function mountDrawPad(element, lab) {
  element.innerHTML = `
    <div class="draw-pad" data-testid="draw-pad">
      <canvas class="page" width="${FINE * SIDE}" height="${FINE * SIDE}" tabindex="0" role="application" aria-roledescription="${say.pad}" aria-label="${say.padHelp}"></canvas>
      <canvas class="image" role="img" hidden></canvas><i class="pen" hidden></i>
    </div>
    <div class="row"><button type="button" data-tool="undo">${say.undo}</button><button type="button" data-tool="clear">${say.clear}</button></div>`;
  const [canvas, image] = /** @type {HTMLCanvasElement[]} */ ([...element.querySelectorAll("canvas")]);
  const hand = /** @type {HTMLElement} */ (element.querySelector(".pen"));
  const pen = canvas.getContext("2d");
  const scratch = document.createElement("canvas");
  let strokes = []; // each a list of [x, y]
  let stroke = null; // { id, points } of the pointer that draws
  let shown = null; // the picture that is on the pad
  let keyed = null; // [x, y] of the pen that arrow keys move
  let down = false; // whether it draws

  function publish() {
    drawPage(pen, strokes);
    shown = strokes.length ? { kind: "drawing", strokes, pixels: pixelsOf(strokes) } : null;
    lab.take(shown);
  }

  function begin(point) { // the first stroke takes the place of what was there
    if (lab.picture?.kind !== "drawing") strokes = [];
    image.hidden = true;
    strokes = [...strokes, [point]];
    return strokes.at(-1);
  }

  function place(event) {
    const scale = SIDE / canvas.clientWidth;
    return placeOn(event, canvas).map((at) => at * scale);
  }

  canvas.addEventListener("pointerenter", () => { lab.net?.loadEncoder().catch(() => {}); });
  canvas.addEventListener("pointerdown", (event) => {
    if (stroke || event.button !== 0) return; // a second finger, or another button of the mouse
    canvas.setPointerCapture(event.pointerId);
    stroke = { id: event.pointerId, points: begin(place(event)) };
    publish();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== stroke?.id) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) stroke.points.push(place(part));
    publish();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (/** @type {PointerEvent} */ event) => { if (event.pointerId === stroke?.id) stroke = null; });
  }

  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) undo();
    else if (event.key === " ") {
      keyed ??= [SIDE / 2, SIDE / 2];
      down = !down;
      if (down) { begin([...keyed]); publish(); }
    } else if (way) {
      keyed = (keyed ?? [SIDE / 2, SIDE / 2]).map((at, k) => Math.min(Math.max(at + way[k] * KEY_STEP, 0), SIDE));
      if (down) { strokes.at(-1).push([...keyed]); publish(); }
    } else return;
    event.preventDefault();
    showPen();
  });
  canvas.addEventListener("blur", () => { keyed = null; down = false; showPen(); });
  function showPen() {
    hand.hidden = !keyed;
    if (!keyed) return;
    hand.classList.toggle("down", down);
    hand.style.left = `${(100 * keyed[0]) / SIDE}%`;
    hand.style.top = `${(100 * keyed[1]) / SIDE}%`;
  }

  function undo() { // of a stroke; of an example or an upload, all
    strokes = lab.picture?.kind === "drawing" ? strokes.slice(0, -1) : [];
    takeBack(publish);
  }
  const [undoButton, clearButton] = element.querySelectorAll("button");
  undoButton.onclick = undo;
  clearButton.onclick = () => { strokes = []; publish(); };

  function show() { // what was not drawn here
    const { picture } = lab;
    if (picture === shown) return;
    shown = picture;
    strokes = picture?.strokes ?? [];
    drawPage(pen, strokes);
    const other = picture && !picture.strokes;
    image.hidden = !other;
    if (!other) return;
    if (picture.image) paint(scratch, picture.image, picture.shape);
    const source = picture.photograph ?? scratch;
    Object.assign(image, { width: source.width, height: source.height });
    image.getContext("2d").drawImage(source, 0, 0);
    image.setAttribute("aria-label", picture.name ?? "");
    image.style.imageRendering = picture.photograph ? "auto" : "pixelated";
  }
  lab.listen(element, (what) => { if (what === "picture") show(); });
  drawPage(pen, []);
  show();
}
