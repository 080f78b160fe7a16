// The map as a place to answer on: test codes and classes, but no pictures, which would tell the answer.

import { encodingsOf } from "../core/encodings.js";
import { shown } from "../numbers.js";
import { named, words } from "../words/index.js";
import { HOME, Sheet, colouring, medians, onLook } from "./latent-map-paint.js";
import { placeOn } from "./pointer.js";

const say = words.lesson;
const STEP = 0.1; // of a cross that arrow keys move
const NONE = new Set();

/** What is drawn on it. yours, there: the answer and the truth; ellipses around the second: standard deviations, the visitor's dashed.
 * @typedef {{ yours?: Code | null, there?: Code | null, yourStd?: Code | null, std?: Code | null, dots?: Code[] }} Marks */

/** @param {HTMLElement} element
 * @param {{ net: import("../core/model.js").Model, view?: { x: number, y: number, span: number }, onTap?: (z: Code) => void, label: string }} options
 * @returns {{ show: (marks: Marks) => void }} */
export function mountSketch(element, { net, view = HOME, onTap, label }) {
  element.classList.add("sketch-map");
  element.innerHTML = `<canvas class="points"></canvas><canvas class="marks"></canvas>`;
  const [under, over] = /** @type {HTMLCanvasElement[]} */ ([...element.children]);
  const [points, marks] = [new Sheet(under), new Sheet(over)];
  let shownMarks = /** @type {Marks} */ ({}), cursor = /** @type {Code} */ (null), codes = null;
  over.setAttribute("role", onTap ? "application" : "img");
  over.setAttribute("aria-label", onTap ? say.sketch : say.sketchNamed(label));
  if (onTap) {
    over.tabIndex = 0;
    over.onclick = (event) => {
      const [x, y] = placeOn(event, over);
      tap([view.x + (x / over.clientWidth - 0.5) * view.span, view.y + (0.5 - y / over.clientHeight) * view.span]);
    };
    over.onkeydown = (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (way) cursor = /** @type {Code} */ ((cursor ?? [view.x, view.y]).map((at, k) => at + way[k] * STEP));
      else if (event.key !== "Enter" || !cursor) return;
      event.preventDefault();
      if (!way) { tap(cursor); return; }
      over.setAttribute("aria-label", `${say.sketch} ${shown(cursor)}`);
      draw();
    };
  }

  function tap(/** @type {number[]} */ z) {
    cursor = null;
    onTap(/** @type {Code} */ (z.map((value) => Number(value.toFixed(3)))));
  }

  function draw() {
    if (codes && points.start(view)) {
      points.points(codes.mean, codes.label, colouring(codes.label, net.classes.length > 0, null).colours, NONE);
      points.axes(net.probabilistic);
    }
    if (!marks.start(view)) return;
    for (const { z, name } of codes?.middles ?? []) marks.name(z, name);
    const { yours, there, yourStd, std, dots = [] } = shownMarks;
    dots.forEach((z) => marks.sample(z));
    if (std) marks.halo(2.5, () => marks.ellipse(there, std));
    if (yourStd) marks.halo(2.5, () => marks.ellipse(there, yourStd), [7, 5]);
    if (there && !std) { marks.handle(there); marks.write(say.hereTruth, marks.x(there[0]) + 13, marks.y(there[1]) + 5); }
    if (yours) { marks.cross(yours, 0, 9); marks.write(say.hereYou, marks.x(yours[0]) + 13, marks.y(yours[1]) + 5); }
    if (cursor) marks.cross(cursor, 0, 7);
  }

  new ResizeObserver(draw).observe(element);
  onLook(draw);
  encodingsOf(net).then(({ mean, label: of }) => {
    const middles = medians({ mean, label: of }, net.classes.map(named)).filter(({ z }) => z);
    codes = { mean, label: of, middles };
    draw();
  }, () => draw());
  return { show(wanted) { shownMarks = wanted; draw(); } };
}
