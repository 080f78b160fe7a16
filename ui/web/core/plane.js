// The plane of codes decoded on even cells, once for each model and class: sums over them are exact inference, see
// vae_core/exact/grid.py. What was decoded is kept in half precision for the next visit.

import { fromHalf, toHalf } from "./half.js";
import { FOUR, Kernel, filledUp } from "./kernel.js";
import { Likelihood, logPrior } from "./likelihood.js";
import { breathe } from "./tiles.js";

export const LIMIT = 5; // of the cells, along either axis, as vae_core's
const SLICE = 40; // milliseconds of decoding between two looks at what was asked
const SIDE = 80, FOLDED_SIDE = 160; // cells along each axis: without the ELBO the plane is folded more

export const sideOf = ({ objective }) => (objective === "elbo" ? SIDE : FOLDED_SIDE);

/** Centre of a cell along an axis. */
const centre = (k, side) => ((k + 0.5) * 2 * LIMIT) / side - LIMIT;

export class Plane {
  #kernel;
  #weights;
  #offsets;
  #pixels;
  #sums;
  #counts; // 1 for each pixel
  #shares = null; // of each pixel in b, once a mask asks for them

  /** @param {Likelihood} likelihood
   * @param {number} side */
  constructor(likelihood, side) {
    this.likelihood = likelihood;
    this.side = side;
    this.cells = side * side;
    this.row = filledUp(likelihood.size); // numbers from one cell to the next
    [this.#kernel, this.#weights, this.#offsets, this.#pixels, this.#sums, this.#counts] = this.#room();
    this.#counts.fill(1, 0, likelihood.size);
  }

  #room() {
    const kernel = new Kernel(this.cells * this.row + 2 * filledUp(this.cells) + 2 * this.row);
    return /** @type {const} */ ([kernel, kernel.take(this.cells * this.row), kernel.take(this.cells), kernel.take(this.row), kernel.take(this.cells), kernel.take(this.row)]);
  }

  /** Decode all cells, some at a time; resolves to false if nobody waits any more.
   * @param {(share: number) => Promise<boolean> | boolean} wanted told which share is done */
  async decode(wanted) {
    const { row, likelihood } = this;
    let start = performance.now();
    for (let first = 0; first < this.cells; first += FOUR) {
      const some = Array.from({ length: FOUR }, (_, k) => this.code(first + k));
      likelihood.weightsOfFour(some).forEach((weights, k) => this.#weights.set(weights, (first + k) * row));
      if (performance.now() - start < SLICE) continue;
      await breathe();
      if (!await wanted(first / this.cells)) return false;
      start = performance.now();
    }
    this.kept = toHalf(this.#weights); // the cells are what half precision makes of them, now and at the next visit
    this.restore(this.kept);
    return true;
  }

  /** @param {Uint16Array} kept what `kept` was */
  restore(kept) {
    this.#weights.set(fromHalf(kept));
    this.#add();
  }

  /** The same plane for pictures that were corrupted. */
  noisy(noise) {
    const { net, label, size } = this.likelihood;
    const plane = new Plane(new Likelihood(net, label, noise), this.side);
    const { likelihood, row } = plane;
    for (let k = 0; k < plane.cells; k++) {
      for (let i = k * row; i < k * row + size; i++) plane.#weights[i] = likelihood.corrupted(this.#weights[i]);
    }
    plane.#add();
    return plane;
  }

  #add() { // b + log p(z) of each cell
    const { side, row, likelihood } = this, { gaussian } = likelihood.net;
    this.#pixels.fill(0);
    for (let k = 0; k < this.cells; k++) {
      let sum = logPrior(centre(Math.floor(k / side), side), centre(k % side, side));
      if (!gaussian) sum += this.#kernel.bernoulli(this.#weights.subarray(k * row), this.#pixels, this.#counts);
      else for (let i = k * row; i < k * row + likelihood.size; i++) sum += likelihood.share(this.#weights[i]);
      this.#offsets[k] = sum;
    }
  }

  /** log p(x|z) + log p(z) of each cell without h, in nats: [i * side + j] at z = (axis[i], axis[j]).
   * @param {ArrayLike<number>} pixels
   * @param {Uint8Array | null} known 1 where a pixel is
   * @returns {Float64Array} */
  logJoint(pixels, known) {
    const { likelihood } = this;
    for (let i = 0; i < likelihood.size; i++) this.#pixels[i] = !known || known[i] ? pixels[i] - likelihood.centre : 0;
    this.#kernel.linear(this.#weights, this.#offsets, this.#pixels, this.#sums);
    const found = Float64Array.from(this.#sums.subarray(0, this.cells));
    if (!known) return found;
    if (!this.#shares) {
      const [kernel, shares, none, hidden, sums] = this.#room();
      for (let k = 0; k < this.cells; k++) {
        for (let i = k * this.row; i < k * this.row + likelihood.size; i++) shares[i] = likelihood.share(this.#weights[i]);
      }
      this.#shares = { kernel, shares, none, hidden, sums };
    }
    const { kernel, shares, none, hidden, sums } = this.#shares; // the offsets without what is hidden
    for (let i = 0; i < likelihood.size; i++) hidden[i] = known[i] ? 0 : 1;
    kernel.linear(shares, none, hidden, sums);
    return found.map((value, k) => value - sums[k]);
  }

  /** The decoded picture of each cell, C * H * W numbers one after the other.
   * @returns {Float32Array} */
  pictures() {
    const { net, size, centre: middle, variance } = this.likelihood;
    const found = new Float32Array(this.cells * size);
    for (let k = 0; k < this.cells; k++) {
      for (let i = 0; i < size; i++) {
        const weight = this.#weights[k * this.row + i];
        found[k * size + i] = net.gaussian ? weight * variance + middle : 1 / (1 + Math.exp(-weight));
      }
    }
    return found;
  }

  /** The code of a cell. */
  code(k) { return /** @type {Code} */ ([centre(Math.floor(k / this.side), this.side), centre(k % this.side, this.side)]); }

  /** The cell nearest to a code. */
  nearestCell(z) {
    const [i, j] = [0, 1].map((axis) => Math.min(Math.max(Math.floor(((z[axis] + LIMIT) * this.side) / (2 * LIMIT)), 0), this.side - 1));
    return i * this.side + j;
  }

  /** W of the cell at a place, or null if there is none so wide. */
  cell(z1, z2, step) {
    if (step < (1.5 * LIMIT) / this.side) return null;
    const [i, j] = [z1, z2].map((z) => Math.floor(((z + LIMIT) * this.side) / (2 * LIMIT)));
    const first = (i * this.side + j) * this.row;
    return this.#weights.subarray(first, first + this.likelihood.size);
  }
}
