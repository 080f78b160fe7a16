// A VAE that learns: the losses of vae_core/objectives.py with their derivatives, through the networks of layers.js. All by
// hand; tests/web/test_gradients.py holds them to autograd.

import { Kernel } from "../kernel.js";
import { Network, Parameters, up8 } from "./layers.js";

const FIRST_LOGVAR = -3; // of a Gaussian pixel
const LOG_2PI = Math.log(2 * Math.PI);

/** Of each network its width, a multiple of eight, and its blocks.
 * @typedef {{ shape: number[], likelihood: "bernoulli" | "gaussian", objective: "elbo" | "iwae" | "autoencoder" | "exact",
 *   encoder: [number, number], decoder: [number, number] }} Architecture */

export class TrainableVAE {
  most; codes; scored; // pictures, codes, and pictures held against all codes at once
  /** @type {Float32Array} */ x; // pictures, as all below with a row for each feature
  /** @type {Float32Array} */ dq; // gradient of q(z|x)
  /** @type {Float32Array} */ repeated; // the pictures again for each of their codes
  /** @type {Float32Array} */ d; // gradient of the logits
  /** @type {Float32Array} */ z;
  /** @type {Float32Array} */ total; // log p(x|z)
  /** @type {Float32Array} */ pictures; // one after the other, as exact.js holds them against codes
  /** @type {Float32Array} */ scores;

  /** @param {Architecture} architecture
   * @param {{ most: number, samples?: number, scored?: number }} sizes pictures at once, codes of each, and pictures that are
   *   held against all codes at once: see exact.js */
  constructor({ shape, objective, likelihood, encoder, decoder }, { most, samples = 1, scored = 0 }) {
    this.pixels = shape.reduce((a, b) => a * b);
    this.point = objective === "autoencoder";
    this.gaussian = likelihood === "gaussian";
    [this.most, this.codes, this.scored] = [up8(most), up8(most) * samples, up8(scored)];
    this.parameters = new Parameters();
    this.encoder = new Network(this.parameters, "encoder", this.pixels, ...encoder, this.point ? 2 : 4);
    this.decoder = new Network(this.parameters, "decoder", 2, ...decoder, this.pixels);
    if (this.gaussian) this.logvar = this.parameters.plan("decoder.pixel_logvar", []);
    const rows = up8(this.pixels), widest = Math.max(rows, encoder[0], decoder[0]);
    const kernel = new Kernel(4 * this.parameters.size + this.encoder.room(this.most) + this.decoder.room(this.codes)
      + (widest + 2 * rows + 9) * this.codes + (rows + 8) * this.most + (this.pixels + this.codes) * this.scored);
    if (kernel.plain) throw new Error("no SIMD");
    this.kernel = kernel;
    this.parameters.give(kernel);
    const turned = kernel.take(widest * this.codes);
    this.encoder.take(kernel, this.most, turned);
    this.decoder.take(kernel, this.codes, turned);
    [this.x, this.dq] = [rows, 8].map((n) => kernel.take(n * this.most));
    [this.repeated, this.d, this.z, this.total] = [rows, rows, 8, 1].map((n) => kernel.take(n * this.codes));
    [this.pictures, this.scores] = [this.pixels, this.codes].map((n) => kernel.take(n * this.scored));
    this.taken = 0; // steps of AdamW
  }

  /** PyTorch's first values: even in ±1 / sqrt(inputs); of LayerNorm, 1 and 0. */
  begin({ uniform }) {
    const { entries } = this.parameters, shapes = Object.fromEntries(entries.map(({ name, shape }) => [name, shape]));
    this.parameters.write(Object.fromEntries(entries.map(({ name, shape }) => {
      const [, inputs] = shapes[name.replace(/bias$/, "weight")]; // only a linear layer's weight has them
      const first = name.endsWith("pixel_logvar") ? () => FIRST_LOGVAR
        : inputs ? () => (2 * uniform() - 1) / Math.sqrt(inputs) : () => Number(name.endsWith("weight"));
      return [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, first)];
    })));
  }

  /** q(z|x) of pictures, each `pixels` numbers: means and log-variances, two numbers each.
   * @param {Float32Array} images of at most `most` pictures */
  encode(images) {
    const count = images.length / this.pixels;
    const out = this.encoder.forward(this.#columns(images, count, this.x), up8(count));
    const pairs = (row) => Float32Array.from({ length: 2 * count }, (_, i) => out[(row + (i % 2)) * up8(count) + (i >> 1)]);
    return { mean: pairs(0), logvar: this.point ? new Float32Array(2 * count).fill(-Infinity) : pairs(2) };
  }

  /** The decoder's logits of codes, a pixel's row after the other's: rows of `up8(codes)` numbers, valid until the next call.
   * @param {Float32Array} codes two numbers each, at most `codes` of them */
  logits(codes) {
    const n = up8(codes.length / 2), z = this.z.subarray(0, 8 * n).fill(0);
    for (let i = 0; i < codes.length; i++) z[(i % 2) * n + (i >> 1)] = codes[i];
    return this.decoder.forward(z, n);
  }

  /** log p(x|z) in nats of pictures and a code of each, valid until the next call. */
  logLikelihood(images, codes) {
    const count = images.length / this.pixels;
    this.#columns(images, count, this.x);
    return this.#likelihood(this.logits(codes), up8(count), 1).logLikelihood;
  }

  // Pictures one after the other become columns.
  #columns(images, count, room) {
    const n = up8(count), x = room.subarray(0, up8(this.pixels) * n).fill(0);
    for (let k = 0; k < count; k++) for (let i = 0; i < this.pixels; i++) x[i * n + k] = images[k * this.pixels + i];
    return x;
  }

  /** The loss of a batch, in nats per picture, and its gradients in `parameters`: vae_core/objectives.py.
   * @param {Float32Array} images one after the other, in [0, 1]
   * @param {Float32Array} noise standard normal, samples x pictures x 2
   * @param {{ objective: string, beta: number }} recipe
   * @returns {{ total: number, rate: number, distortion: number, q: Float32Array, z: Float32Array, toQ: Float32Array }} nats; q
   *   holds rows of mean and log-variance by axes, toQ its gradient, z the codes, all filled up to columns of eight */
  gradients(images, noise, { objective, beta }) {
    const count = images.length / this.pixels, n = up8(count), samples = noise.length / (2 * count), all = n * samples;
    this.parameters.all.g.fill(0);
    const q = this.encoder.forward(this.#columns(images, count, this.x), n);
    const mean = (axis, k) => q[axis * n + k], logvar = (axis, k) => q[(2 + axis) * n + k];
    const epsilon = (s, k, axis) => noise[2 * (s * count + k) + axis];
    const z = this.z.subarray(0, 8 * all).fill(0);
    for (let s = 0; s < samples; s++) {
      for (let k = 0; k < count; k++) {
        for (const axis of [0, 1]) {
          z[axis * all + s * n + k] = mean(axis, k) + (this.point ? 0 : Math.exp(0.5 * logvar(axis, k)) * epsilon(s, k, axis));
        }
      }
    }
    const { d, logLikelihood } = this.#likelihood(this.decoder.forward(z, all), n, samples);

    // How much each code of a picture counts: evenly, or by what it is worth.
    const iwae = objective === "iwae";
    let [total, rate, distortion] = [0, 0, 0];
    const shares = new Float32Array(all);
    for (let k = 0; k < count; k++) {
      const worth = Array.from({ length: samples }, (_, s) => { // log p(x, z) / q(z|x), its prior and q weighed by beta
        if (!iwae) return 0;
        const ratio = [0, 1].reduce((sum, axis) => sum + 0.5 * (epsilon(s, k, axis) ** 2 + logvar(axis, k) - z[axis * all + s * n + k] ** 2), 0);
        return logLikelihood[s * n + k] + beta * ratio;
      });
      const highest = Math.max(...worth), sum = worth.reduce((sofar, one) => sofar + Math.exp(one - highest), 0);
      if (iwae) total -= (highest + Math.log(sum / samples)) / count;
      for (let s = 0; s < samples; s++) {
        shares[s * n + k] = Math.exp(worth[s] - highest) / sum / count;
        distortion -= logLikelihood[s * n + k] / samples / count;
      }
      if (this.point) continue;
      for (const axis of [0, 1]) {
        rate += (0.5 * (mean(axis, k) ** 2 + Math.exp(logvar(axis, k)) - 1 - logvar(axis, k))) / count;
      }
    }
    if (!iwae) total = distortion + (this.point ? 0 : beta * rate);

    for (let row = 0; row < this.pixels; row++) for (let k = 0; k < all; k++) d[row * all + k] *= -shares[k];
    if (this.gaussian) this.#variance(logLikelihood, shares);
    const dz = this.decoder.backward(d, all, true);
    const dq = this.dq.subarray(0, 8 * n).fill(0);
    for (let s = 0; s < samples; s++) {
      for (let k = 0; k < count; k++) {
        for (const axis of [0, 1]) {
          const at = axis * all + s * n + k;
          const toZ = dz[at] + (iwae ? beta * shares[s * n + k] * z[at] : 0);
          dq[axis * n + k] += toZ;
          if (this.point) continue;
          dq[(2 + axis) * n + k] += 0.5 * toZ * (z[at] - mean(axis, k)) - (iwae ? 0.5 * beta * shares[s * n + k] : 0);
        }
      }
    }
    if (!iwae && !this.point) { // of the rate, in closed form
      for (let k = 0; k < count; k++) {
        for (const axis of [0, 1]) {
          dq[axis * n + k] += (beta * mean(axis, k)) / count;
          dq[(2 + axis) * n + k] += (0.5 * beta * (Math.exp(logvar(axis, k)) - 1)) / count;
        }
      }
    }
    this.encoder.backward(dq, n, false);
    return { total, rate, distortion, q, z, toQ: dq };
  }

  // log p(x|z) of each code, and its derivatives by the logits.
  #likelihood(logits, n, samples) {
    const all = n * samples, rows = up8(this.pixels), x = this.repeated.subarray(0, rows * all);
    const d = this.d.subarray(0, rows * all).fill(0, this.pixels * all), total = this.total.subarray(0, all);
    for (let row = 0; row < this.pixels; row++) {
      for (let s = 0; s < samples; s++) x.set(this.x.subarray(row * n, (row + 1) * n), row * all + s * n);
    }
    if (!this.gaussian) {
      this.kernel.bernoulliBack(logits, x, d, total, this.pixels);
      return { d, logLikelihood: total };
    }
    const logvar = this.logvar("w")[0], variance = Math.exp(logvar);
    total.fill(-0.5 * this.pixels * (LOG_2PI + logvar));
    for (let i = 0; i < this.pixels * all; i++) {
      const p = 1 / (1 + Math.exp(-logits[i])), error = x[i] - p;
      total[i % all] -= (0.5 * error * error) / variance;
      d[i] = (error / variance) * p * (1 - p);
    }
    return { d, logLikelihood: total };
  }

  #variance(logLikelihood, shares) { // d log p / d logvar = half the squared errors in deviations, less half the pixels
    const logvar = this.logvar("w")[0];
    for (let k = 0; k < shares.length; k++) {
      const squares = -logLikelihood[k] - 0.5 * this.pixels * (LOG_2PI + logvar);
      this.logvar("g")[0] -= shares[k] * (squares - 0.5 * this.pixels);
    }
  }

  /** A step of AdamW along the gradients. */
  step(rate, decay = 0.01) { this.kernel.adamw(this.parameters.all, ++this.taken, rate, decay); }
}
