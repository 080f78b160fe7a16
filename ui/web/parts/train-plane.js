// The plane of a model that learns: what the decoder paints at each place, and the pictures at their codes.

import { toImageData } from "../core/model.js";
import { words } from "../words/index.js";
import { Sheet, colouring, medians, onLook } from "./latent-map-paint.js";
import { describe } from "./pictures.js";

const say = words.train;
const NONE = new Set();
const SPAN = 6; // of the view, at least
const FAINT = 0.4; // of the decoded plane
const LARGE = 2.6; // pixels: radius of a point

/** @param {HTMLElement} element
 * @returns {{ begin: (set: import("../core/train/data.js").DataSet, shown: number[]) => void, show: (frame: import("../core/train/trainer.js").Frame) => void }} */
export function mountPlane(element) {
  element.classList.add("train-plane");
  element.innerHTML = `<div class="sheets"><canvas data-testid="train-plane"></canvas><canvas></canvas><canvas></canvas></div>
    <label hidden>${say.colourBy} <select>${Object.entries(say.colours).map(([key, name]) => `<option value="${key}">${name}</option>`).join("")}</select></label>`;
  const [decoded, points, names] = [...element.querySelectorAll("canvas")].map((canvas) => new Sheet(canvas));
  const select = element.querySelector("select");
  describe(points.canvas, say.plane);
  let set = null, label = null, colours = null, last = null, view = { x: 0, y: 0, span: SPAN };
  let shown = [];
  const tiles = document.createElement("canvas"), pen = tiles.getContext("2d");

  function colour() {
    const axis = ["first", "second"].indexOf(select.value);
    const values = axis < 0 ? null : Float32Array.from(shown, (index) => set.factors[2 * index + axis]);
    ({ colours } = colouring(label, set.classes.length > 0, values));
  }

  function draw() {
    if (!last) return;
    const { plane, reach, codes } = last, [, height, width] = set.shape, side = Math.sqrt(plane.length / (set.images.length / set.labels.length));
    const far = Float32Array.from(codes, Math.abs).sort()[Math.floor(0.98 * codes.length)];
    const wanted = Math.max(SPAN, 2.3 * far);
    if (wanted > view.span || wanted < 0.7 * view.span) view = { x: 0, y: 0, span: wanted };
    if (decoded.start(view)) {
      const gap = Math.ceil(width / 8), [wide, high] = [width + gap, height + gap];
      if (tiles.width !== side * wide) Object.assign(tiles, { width: side * wide, height: side * high });
      const size = plane.length / side ** 2, one = new Float32Array(size);
      for (let k = 0; k < side ** 2; k++) {
        for (let i = 0; i < size; i++) one[i] = plane[k * size + i] / 255;
        pen.putImageData(toImageData(one, set.shape, pen), (k % side) * wide + (gap >> 1), Math.floor(k / side) * high + (gap >> 1));
      }
      decoded.picture(tiles, { x: 0, y: 0, span: 2 * reach }, FAINT, false);
      decoded.axes(true);
    }
    if (points.start(view)) points.points(codes, label, colours, NONE, LARGE);
    if (names.start(view)) {
      for (const { name, z } of medians({ mean: codes, label }, set.classes)) if (z) names.name(z, name);
      names.axisNames(false);
    }
  }

  select.onchange = () => { colour(); draw(); };
  new ResizeObserver(draw).observe(element);
  onLook(() => { if (set) { colour(); draw(); } });
  return {
    begin(now, indices) {
      [set, shown, last] = [now, indices, null];
      label = Uint8Array.from(shown, (index) => set.labels[index]);
      select.closest("label").hidden = !set.factors;
      select.value = "class";
      view = { x: 0, y: 0, span: SPAN };
      colour();
    },
    show(frame) {
      last = frame;
      draw();
    },
  };
}
