// Models as points: the rate of their codes across, the distortion up, both in nats.

import { number } from "../numbers.js";
import { words } from "../words/index.js";

const say = words.compare;
const WIDTH = 360, HEIGHT = 300, LEFT = 40, TOP = 28, BOTTOM = 38, RIGHT = 40;
const LINE = 17; // of text, in height
const LONGEST = 24; // letters of a name: a visitor's own may be longer
const FAR = 4; // times the middle half's spread above it: what is farther stands at the edge, so that the others are told apart
const TRIES = [0, 18, 36, 54, 72, 90, 108].flatMap((far) => [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [1, 1], [-1, -1], [-1, 1]].map(([dx, dy]) => [dx, dy, far]));

/** Text for innerHTML; names are of models, which hold letters, digits, "-" and "_" alone.
 * @param {{ name: string, rate: number | null, distortion: number }[]} points a rate of null is without bound, so it is at the right
 * @param {string[]} marked names to stress */
export function rateDistortion(points, marked) {
  const most = edge(points.map(({ distortion }) => distortion));
  const across = span(points.flatMap(({ rate }) => (rate === null ? [] : [rate])), 2);
  const up = span(points.flatMap(({ distortion }) => (distortion > most ? [] : [distortion])), 6);
  const [wide, high] = [WIDTH - LEFT - RIGHT, HEIGHT - BOTTOM - TOP];
  const x = (/** @type {number} */ rate) => LEFT + (wide * (rate - across[0])) / (across[1] - across[0]);
  const y = (/** @type {number} */ distortion) => TOP + high * (1 - (distortion - up[0]) / (up[1] - up[0]));
  const dots = points.map(({ name, rate, distortion }) => {
    const far = distortion > most, short = name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
    return {
      x: rate === null ? LEFT + wide + 20 : x(rate), y: far ? TOP : y(distortion), kind: marked.includes(name) ? "marked" : "",
      text: (rate === null ? say.withoutRate(short) : short) + (far ? ` ↑ ${number(distortion, 0)}` : ""),
    };
  });
  const levels = points.map(({ rate, distortion }) => (rate === null || distortion > most ? "" // where the ELBO is the same
    : `<path class="level" d="M${LEFT} ${y(rate + distortion - across[0]).toFixed(1)}L${LEFT + wide} ${y(rate + distortion - across[1]).toFixed(1)}"/>`));
  const drawn = labels(dots).map(({ x: left, y: middle, width, text, kind, dot }) => {
    const end = [Math.min(Math.max(dot.x, left), left + width), Math.min(Math.max(dot.y, middle - 6), middle + 6)];
    const leader = Math.hypot(end[0] - dot.x, end[1] - dot.y) > 14 ? `<path class="leader" d="M${dot.x.toFixed(1)} ${dot.y.toFixed(1)}L${end[0].toFixed(1)} ${end[1].toFixed(1)}"/>` : "";
    return `${leader}<circle class="${kind}" cx="${dot.x.toFixed(1)}" cy="${dot.y.toFixed(1)}" r="5"/>`
      + `<text class="name ${kind}" x="${(left + width / 2).toFixed(1)}" y="${(middle + 5).toFixed(1)}" text-anchor="middle">${text}</text>`;
  });
  const ticks = across.map((value) => `<text x="${x(value).toFixed(1)}" y="${HEIGHT - 20}" text-anchor="middle">${number(value, 0)}</text>`)
    .concat(up.map((value) => `<text x="${LEFT - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${number(value, 0)}</text>`));
  return `<svg class="rate-distortion" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${say.plotLabel(points)}">`
    + `<path class="axes" d="M${LEFT} ${TOP - 8}V${HEIGHT - BOTTOM}H${LEFT + wide + 8}"/>`
    + `<svg x="${LEFT}" y="${TOP}" width="${wide}" height="${high}" viewBox="${LEFT} ${TOP} ${wide} ${high}">${levels.join("")}</svg>`
    + `${ticks.join("")}<text x="${LEFT + wide / 2}" y="${HEIGHT - 4}" text-anchor="middle">${say.rateAxis}</text><text x="0" y="12">${say.distortionAxis}</text>${drawn.join("")}</svg>`;
}

/** A place for each name beside its point, or as near as it can be without lying on another name or point.
 * @param {{ x: number, y: number, kind: string, text: string }[]} dots */
function labels(dots) {
  const taken = dots.map(({ x, y }) => [x - 6, y - 6, x + 6, y + 6]);
  return [...dots].sort((a, b) => b.kind.length - a.kind.length).map((dot) => {
    const width = Array.from(dot.text).reduce((sum, letter) => sum + (letter > "\u2e80" ? 14 : dot.kind ? 8.8 : 8.2), 0);
    const boxes = TRIES.map(([dx, dy, far]) => {
      const middle = dot.y + dy * (far + LINE / 2 + 6), left = dot.x - width / 2 + dx * (width / 2 + 8 + (dy ? far / 2 : far));
      return [left, middle - LINE / 2, left + width, middle + LINE / 2];
    });
    const inside = (/** @type {number[]} */ [left, top, right, bottom]) => left >= LEFT + 2 && top >= TOP - 12 && right <= WIDTH && bottom <= HEIGHT - BOTTOM;
    const free = (/** @type {number[]} */ [left, top, right, bottom]) => taken.every((box) => right <= box[0] || left >= box[2] || bottom <= box[1] || top >= box[3]);
    const box = boxes.find((one) => inside(one) && free(one)) ?? boxes.find(inside) ?? boxes[0];
    taken.push(box);
    return { ...dot, dot, x: box[0], y: (box[1] + box[3]) / 2, width };
  });
}

/** Beyond which a distortion is far from all others; infinite among few. */
function edge(/** @type {number[]} */ values) {
  const sorted = [...values].sort((a, b) => a - b), n = sorted.length - 1;
  const [low, high] = [sorted[Math.floor(n / 4)], sorted[Math.floor((3 * n) / 4)]];
  return n < 3 ? Infinity : high + FAR * Math.max(high - low, 2);
}

/** Whole numbers around values, at least so far apart. */
function span(values, least) {
  const [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 0];
  const half = Math.max(0.7 * (high - low), least / 2), middle = (low + high) / 2;
  return [Math.floor(middle - half), Math.ceil(middle + half)];
}
