// The ink of a page, framed as MNIST's digits are: take, is_framed and _frame of vae_core/ink.py,
// which says why each step is there.

import { above, clip, extent, largest, maximum, quantile, round, smallest } from "./arrays.js";
import { doubt, findGroups } from "./groups.js";
import { CROSSES, along, findPaper, inkDirection, withoutLines } from "./paper.js";
import { BILINEAR, BOX, resize } from "./resize.js";

const GRID = 160, CROP_GRID = 60, FAINTEST = 0.251, EDGE = 0.301, DARKEST = 0.3, INK_BOX = 20 / 28;
const CROSSES_CROP = 0.92;

// Planes of one colour each, of what may be a crop of a page { width, height }, become
// { image (H * W values), frame, groups, doubt }; or null when there is no ink.
export function takeInk(planes, page, height, width) {
  const { width: w, height: h } = planes[0];
  const cell = Math.min(
    Math.ceil(Math.max(page.width, page.height) / GRID), Math.ceil(Math.max(w, h) / CROP_GRID));
  const rows = Math.max(1, round(h / cell)), columns = Math.max(1, round(w / cell));
  const cells = planes.map((plane) => resize(plane, columns, rows, BOX));
  const direction = inkDirection(cells);
  const level = along(direction, cells);
  const { paper, noise } = findPaper(level, cells.length);
  const least = Math.max(0.02, 5 * noise);
  const whole = w === page.width && h === page.height;
  const { cleaned: excess, lines } = withoutLines(
    { ...level, values: minus(level.values, paper.values) }, least, whole ? CROSSES : CROSSES_CROP);
  const strongest = largest(excess.values);
  if (strongest < Math.max(0.04, 8 * noise)) return null;
  const groups = findGroups(level, excess, Math.max(least, FAINTEST * strongest), lines ? 2 : 1);
  if (!groups.length) return null;
  const { cells: taken } = groups[0];
  const local = paper.even ? null : resize(paper, w, h, BILINEAR).values;
  const near = maximum(taken, 3, 3).values, [nearest, beyond] = extent({ ...taken, values: near }, (v) => v);
  const brightest = smallest(paper.values), dark = direction.reduce((a, b) => a + b) < 0;
  const shade = (v) => (dark ? Math.min(1, Math.max(DARKEST, v / brightest)) : 1);
  const evenShade = shade(paper.values[0]);
  const column = Int32Array.from({ length: w }, (_, x) => Math.floor(((x + 0.5) * columns) / w));
  const ink = { values: new Float32Array(w * h), width: w, height: h };
  let [start, end] = [h, 0]; // rows of pixels near the ink
  for (let y = 0; y < h; y++) {
    const row = Math.floor(((y + 0.5) * rows) / h), first = row * columns;
    if (row < nearest || row >= beyond) continue;
    start = Math.min(start, y);
    end = y + 1;
    for (let x = 0, i = y * w; x < w; x++, i++) {
      if (!near[first + column[x]]) continue;
      let level = 0;
      for (let c = 0; c < planes.length; c++) level = Math.fround(level + direction[c] * planes[c].values[i]);
      ink.values[i] = local ? Math.max(0, level - local[i]) / shade(local[i]) : Math.max(0, level - paper.values[0]) / evenShade;
    }
  }
  let strongestTaken = 0;
  for (let k = 0; k < taken.values.length; k++) if (taken.values[k]) strongestTaken = Math.max(strongestTaken, excess.values[k]);
  const inked = above(strongestTaken * 0.501, ink.values.subarray(start * w, end * w));
  if (!inked.length) return null;
  const full = quantile(inked, 0.9);
  const [top, bottom, left, right] = extent(ink, (v) => v > EDGE * full, [start, end]);
  return {
    image: frame(ink, [left, top, right, bottom], height, width),
    frame: [left / w, top / h, right / w, bottom / h],
    groups: groups.slice(1, 6).map((group) => group.frame),
    doubt: doubt(groups, excess),
  };
}

function minus(a, b) {
  const found = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) found[i] = a[i] - b[i];
  return found;
}

// The strokes in a box -> H * W values.
function frame(ink, box, height, width) {
  const longest = round(INK_BOX * Math.min(width, height));
  const scale = longest / Math.max(box[2] - box[0], box[3] - box[1]);
  const w = Math.max(1, round((box[2] - box[0]) * scale));
  const h = Math.max(1, round((box[3] - box[1]) * scale));
  const small = resize(ink, w, h, BOX, box);
  small.values = atFullStrength(small.values);
  const [x, y] = center(small).map((place) => round(100 * place) / 100); // noise decides no tie
  const column = Math.min(Math.max(0, round((width >> 1) - x)), width - w);
  const row = Math.min(Math.max(0, round((height >> 1) - y)), height - h);
  const framed = new Float32Array(width * height);
  for (let i = 0; i < h; i++) {
    framed.set(small.values.subarray(i * w, (i + 1) * w), (row + i) * width + column);
  }
  return framed;
}

function atFullStrength(values) {
  const most = largest(values);
  const full = quantile(above(0.1 * most, values), 0.8);
  return values.map((v) => (v < 0.0203 * most ? 0 : clip(v / full)));
}

// Centre of mass: [column, row].
function center({ values, width }) {
  let total = 0, x = 0, y = 0;
  values.forEach((v, i) => {
    total += v;
    x += v * (i % width);
    y += v * Math.floor(i / width);
  });
  return [x / total, y / total];
}

// Whether a picture in grey is framed as all images of MNIST are.
export function isFramedInk(planes, height, width) {
  const [plane] = planes;
  if (planes.length > 1 || plane.width !== width || plane.height !== height) return false;
  if (largest(plane.values) < 253.9 / 255) return false;
  const [top, bottom, left, right] = extent(plane, (v) => v > 0);
  const side = Math.max(bottom - top, right - left), box = round(INK_BOX * Math.min(height, width));
  const [x, y] = center(plane);
  const off = Math.max(Math.abs(y - (height >> 1)), Math.abs(x - (width >> 1)));
  return side >= box - 1 && side <= box && off < 0.53;
}
