// Groups of ink, the likeliest first, and what may be doubtful about it: find_groups and
// doubt_about of vae_core/groups.py, which says why each step is there.

import { extent, labelled, largest, maximum, minimum, part } from "./arrays.js";
import { CROSSES, LINE } from "./paper.js";

const NEAR = 0.15, RIVAL = 0.6, ALIKE = 0.6, PALE = 0.451, MARGIN = 0.05, ATTACHED = 0.35, DUST = 0.02, WEAK = 0.35, SHARP = 0.5;

/** A box is [top, bottom, left, right], in cells.
 * @typedef {[number, number, number, number]} Box */

// Planes of the level along the ink's direction and of the ink; what is ink at least; over how many
// cells ink is connected. A group is { cells (a mask), frame, score, atBorder, isLine }.
export function findGroups(level, excess, least, reach) {
  const pieces = findPieces(excess, least, reach);
  const heaviest = largest(pieces.map((piece) => piece.mass));
  let order = pieces.filter((piece) => piece.mass >= DUST * heaviest).sort((a, b) => b.mass - a.mass);
  let edges = null;
  const groups = [];
  while (order.length) {
    const [main, ...others] = order;
    const members = [main, ...others.filter((piece) =>
      gap(piece.box, main.box) <= NEAR * longest(main.box) && (piece.mass < 0.5 * main.mass || isAbove(piece.box, main.box))
      && piece.mean > ALIKE * main.mean && !surrounds(piece.box, main.box)
      && (main.atBorder || !piece.atBorder))];
    order = others.filter((piece) => !members.includes(piece));
    const side = (i, choose) => choose(...members.map((piece) => piece.box[i]));
    const box = /** @type {Box} */ ([side(0, Math.min), side(1, Math.max), side(2, Math.min), side(3, Math.max)]);
    const mass = members.reduce((sum, piece) => sum + piece.mass, 0);
    let score = longest(box) * Math.sqrt(mass) * shapeAndPlace(box, excess);
    if (main.atBorder) score *= 0.2;
    const isFrame = pieces.some((piece) =>
      surrounds(box, piece.box) && !members.includes(piece) && piece.mass > 0.15 * main.mass);
    if (isFrame) score *= 0.05;
    const count = members.reduce((sum, piece) => sum + piece.places.length, 0);
    const isLine = longest(box) > CROSSES * Math.max(excess.width, excess.height)
      && count <= (2 * LINE + 1) * longest(box);
    if (isLine) score *= 0.2;
    const cells = { ...excess, values: new Float32Array(excess.values.length) };
    for (const piece of members) for (const place of piece.places) cells.values[place] = 1;
    const most = (values) => {
      let value = -Infinity;
      for (const piece of members) for (const place of piece.places) value = Math.max(value, values[place]);
      return value;
    };
    if (most(excess.values) < WEAK) { // else there is no need for the edges, which take long
      edges ??= [3, 9].map((side) => edgesWithin(level, side));
      if (most(edges[0]) < SHARP * most(edges[1])) continue;
    }
    const [top, bottom, left, right] = box, { width, height } = excess;
    if (attached(...[level, excess, cells].map((plane) => part(plane, box, 5))) > ATTACHED) continue;
    const frame = /** @type {Frame} */ ([left / width, top / height, right / width, bottom / height]);
    groups.push({ cells, frame, score, atBorder: main.atBorder, isLine });
  }
  groups.sort((a, b) => b.score - a.score);
  return groups.filter((group) => group.score >= 0.05 * groups[0].score);
}

// How far the level rises within squares.
function edgesWithin(level, side) {
  const lowest = minimum(level, side, side).values;
  return maximum(level, side, side).values.map((v, i) => v - lowest[i]);
}

// Connected pieces: { places, mass, mean, box, atBorder }.
function findPieces(excess, least, reach) {
  const { values, width, height } = excess;
  const mask = { ...excess, values: values.map((v) => (v > least ? 1 : 0)) };
  const { label, count } = labelled(maximum(mask, 2 * reach + 1, 2 * reach + 1));
  const pieces = Array.from({ length: count }, () =>
    ({ places: [], mass: 0, mean: 0, box: /** @type {Box} */ ([height, 0, width, 0]), central: false, atBorder: false }));
  const margin = Math.ceil(MARGIN * Math.max(width, height));
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!mask.values[i]) continue;
      const piece = pieces[label[i] - 1], box = piece.box;
      piece.places.push(i);
      piece.mass += values[i];
      piece.central ||= y >= margin && y < height - margin && x >= margin && x < width - margin;
      box[0] = Math.min(box[0], y);
      box[1] = y + 1;
      box[2] = Math.min(box[2], x);
      box[3] = Math.max(box[3], x + 1);
    }
  }
  for (const piece of pieces) {
    const [top, bottom, left, right] = piece.box;
    piece.mean = piece.mass / piece.places.length;
    piece.atBorder = top === 0 || left === 0 || bottom === height || right === width;
  }
  return pieces.filter((piece) => piece.central);
}

// How much of what is around a group is like it, as around the corner of a sheet. The planes need
// to reach five cells beyond the group.
function attached(level, excess, cells) {
  const inner = maximum(cells, 5, 5).values, outer = maximum(cells, 9, 9).values;
  const near = (value) => {
    const values = new Float32Array(cells.values.length).fill(-9);
    for (let i = 0; i < values.length; i++) if (cells.values[i]) values[i] = value(i);
    return maximum({ ...cells, values }, 9, 9).values;
  };
  const ink = near((i) => level.values[i]), paper = near((i) => level.values[i] - excess.values[i]);
  let around = 0, alike = 0;
  for (let i = 0; i < inner.length; i++) {
    if (!outer[i] || inner[i]) continue;
    around++;
    if (level.values[i] > (ink[i] + paper[i]) / 2) alike++;
  }
  return around ? alike / around : 1;
}

const longest = ([top, bottom, left, right]) => Math.max(bottom - top, right - left);
const gap = (a, b) => Math.max(a[0] - b[1], b[0] - a[1], a[2] - b[3], b[2] - a[3]);
const isAbove = (a, b) =>
  Math.min(a[3], b[3]) - Math.max(a[2], b[2]) > 0.301 * Math.min(a[3] - a[2], b[3] - b[2]);
const surrounds = (a, b) => a[0] < b[0] && a[1] > b[1] && a[2] < b[2] && a[3] > b[3];

function shapeAndPlace([top, bottom, left, right], { width, height }) {
  const away = Math.hypot((top + bottom) / 2 / height - 0.5, (left + right) / 2 / width - 0.5);
  return (1 - away) ** 2 * Math.min(1, (1.5 * (bottom - top)) / (right - left));
}

export function doubt(groups, excess) {
  const [best, second] = groups;
  if (best.isLine) return "line";
  if (best.atBorder) return "border";
  if (second && second.score > RIVAL * best.score) return "several-groups";
  let strongest = 0;
  for (let i = 0; i < excess.values.length; i++) if (best.cells.values[i]) strongest = Math.max(strongest, excess.values[i]);
  const all = extent(excess, (_, i) => best.cells.values[i]);
  const strong = extent(excess, (v, i) => best.cells.values[i] && v > PALE * strongest);
  return longest(strong) < 0.8 * longest(all) ? "low-contrast" : "";
}
