// What a model may be trained on in the page: real digits, digits that another model imagined, and pictures of the visitor's own.

import { inflated } from "../inflate.js";
import { random } from "../random.js";
import { breathe, SLICE } from "../tiles.js";

/** Pictures one after the other, as a model sees them. `origin`: the place of the picture that each is, or is a copy of; `factors`: the
 * two numbers that an imagined digit was made from.
 * @typedef {{ dataset: string, shape: [number, number, number], preparation: "ink" | "photo" | "thing",
 *   likelihood: "bernoulli" | "gaussian", classes: string[], images: Float32Array, labels: Uint8Array, origin: Int32Array,
 *   factors: Float32Array | null }} DataSet */

const TEN = [..."0123456789"];
const LEVELS = 16; // of a pixel of the real digits
const IMAGINED = 4000;
const SHIFT = 1.5 / 28, TURN = (10 * Math.PI) / 180, SCALING = 0.08; // of a copy, at most: of the side, radians, and of the size

const ownOrigins = (/** @type {number} */ n) => Int32Array.from({ length: n }, (_, k) => k);

/** 1,797 real digits of 8 x 8 pixels, which fill the picture.
 * @returns {Promise<DataSet>} */
export async function digits() {
  const { label, packed } = await import("../../images/digits.js");
  return {
    dataset: "optdigits", shape: [1, 8, 8], preparation: "thing", likelihood: "bernoulli", classes: TEN,
    images: Float32Array.from(new Uint8Array(await inflated(packed)), (level) => level / LEVELS),
    labels: Uint8Array.from(label, Number), origin: ownOrigins(label.length), factors: null,
  };
}

/** Digits that a conditional model imagines: as many of each class, with codes from N(0, I).
 * @param {import("../model.js").Model} net
 * @param {{ n?: number, seed?: number }} [options]
 * @returns {Promise<DataSet>} */
export async function imagined(net, { n = IMAGINED, seed = 0 } = {}) {
  const { normal } = random(seed), { shape, classes, preparation } = net, size = shape.reduce((a, b) => a * b);
  const labels = Uint8Array.from({ length: n }, (_, k) => Math.floor((k * classes.length) / n));
  const factors = Float32Array.from({ length: 2 * n }, normal), images = new Float32Array(n * size);
  let start = performance.now();
  for (let first = 0; first < n;) {
    const same = Math.min(4, n - first, labels.subarray(first).findLastIndex((label) => label === labels[first]) + 1);
    const codes = Array.from({ length: same }, (_, k) => [...factors.subarray(2 * (first + k), 2 * (first + k + 1))]);
    net.logitsOfFour(Array.from({ length: 4 }, (_, k) => codes[k % same]), classes[labels[first]]).slice(0, same)
      .forEach((logits, k) => images.set(logits.map((logit) => 1 / (1 + Math.exp(-logit))), (first + k) * size));
    first += same;
    if (performance.now() - start < SLICE) continue;
    await breathe();
    start = performance.now();
  }
  return { dataset: "imagined", shape, preparation, likelihood: "bernoulli", classes, images, labels, origin: ownOrigins(n), factors };
}

/** The pictures of a set and copies of them, a little shifted, turned and scaled, until there are n.
 * @param {DataSet} set
 * @param {number} n
 * @returns {DataSet} */
export function augmented(set, n, seed = 0) {
  const count = set.labels.length, size = set.shape.reduce((a, b) => a * b);
  if (!count || count >= n) return set;
  const images = new Float32Array(n * size), { uniform } = random(seed);
  images.set(set.images);
  const around = (/** @type {number} */ most) => (2 * uniform() - 1) * most;
  for (let k = count; k < n; k++) {
    const change = { shift: [around(SHIFT), around(SHIFT)], turn: around(TURN), scale: 1 + around(SCALING) };
    const from = (k % count) * size;
    images.set(moved(set.images.subarray(from, from + size), set.shape, change), k * size);
  }
  return {
    ...set, images, labels: Uint8Array.from({ length: n }, (_, k) => set.labels[k % count]),
    origin: Int32Array.from({ length: n }, (_, k) => k % count),
  };
}

/** A picture scaled and turned about its middle, then shifted by shares of its side; between pixels bilinear, beyond them as at the
 * edge.
 * @param {Float32Array} image
 * @param {number[]} shape
 * @param {{ shift: number[], turn: number, scale: number }} change */
export function moved(image, [channels, height, width], { shift, turn, scale }) {
  const found = new Float32Array(image.length), [cos, sin] = [Math.cos(turn) / scale, Math.sin(turn) / scale];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - middleX - shift[0] * width, y - middleY - shift[1] * height];
      const fromX = clamped(middleX + cos * dx + sin * dy, width), fromY = clamped(middleY - sin * dx + cos * dy, height);
      const left = Math.min(Math.floor(fromX), width - 2), top = Math.min(Math.floor(fromY), height - 2);
      const [right, low] = [fromX - left, fromY - top];
      for (let c = 0; c < channels; c++) {
        const at = (c * height + top) * width + left;
        found[(c * height + y) * width + x] = (1 - low) * ((1 - right) * image[at] + right * image[at + 1])
          + low * ((1 - right) * image[at + width] + right * image[at + width + 1]);
      }
    }
  }
  return found;
}

const clamped = (at, n) => Math.min(Math.max(at, 0), n - 1);
