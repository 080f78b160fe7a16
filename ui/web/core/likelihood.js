// p(x|z), as inference on the plane needs it: linear in what the decoder says of a code,
//
//   log p(x|z) = Σ (x - c) W(z) + b(z) + h(x)
//   bernoulli  W = logits          b = -Σ log(1 + exp W)    c = h = 0
//   gaussian   W = (m - c) / σ²    b = -Σ W² σ² / 2         h = log N(x; c, σ²)      c = ½
//
// (m: the decoded picture), where the sums go over the pixels that are known: vae_core/exact/grid.py says more. A picture
// that was corrupted by noise ε has the same form: a Bernoulli pixel is a fair coin's with probability ε, a
// Gaussian one has variance σ² + ε².

import { FOUR } from "./kernel.js";

export class Likelihood {
  /** @type {import("./model.js").Model} */ net;
  /** @type {string | null} */ label;

  /** @param {import("./model.js").Model} net
   * @param {string | null} label the class that a conditional model is told
   * @param {number} noise ε */
  constructor(net, label, noise = 0) {
    this.net = net;
    this.label = label;
    this.noise = noise;
    this.centre = net.gaussian ? 0.5 : 0;
    this.clean = net.gaussian ? Math.exp(net.pixelLogvar) : 1; // σ²
    this.variance = this.clean + (net.gaussian ? noise ** 2 : 0);
    this.size = net.shape.reduce((a, b) => a * b);
  }

  /** W of a code, one number for each pixel: valid until the next call.
   * @param {number} z1
   * @param {number} z2
   * @returns {ArrayLike<number>} */
  weights(z1, z2) {
    if (!this.net.gaussian) {
      const logits = this.net.logits(z1, z2, this.label);
      return this.noise ? Float32Array.from(logits, (logit) => this.corrupted(logit)) : logits;
    }
    const means = this.net.decode(z1, z2, this.label);
    for (let i = 0; i < means.length; i++) means[i] = (means[i] - this.centre) / this.variance;
    return means;
  }

  /** W under noise of a W without: of one pixel. */
  corrupted(weight) {
    if (this.net.gaussian) return (weight * this.clean) / this.variance;
    const kept = 1 - this.noise, half = this.noise / 2;
    return Math.log((kept * sigmoid(weight) + half) / (kept * sigmoid(-weight) + half));
  }

  /** What a pixel contributes to b. */
  share(weight) {
    return this.net.gaussian ? -0.5 * weight * weight * this.variance : -softplus(weight);
  }

  /** h of the known pixels.
   * @param {ArrayLike<number>} pixels
   * @param {Uint8Array | null} known 1 where a pixel is; null if all are */
  constant(pixels, known) {
    if (!this.net.gaussian) return 0;
    let sum = 0;
    for (let i = 0; i < pixels.length; i++) {
      if (known && !known[i]) continue;
      sum -= 0.5 * ((pixels[i] - this.centre) ** 2 / this.variance + Math.log(2 * Math.PI * this.variance));
    }
    return sum;
  }

  /** W of four codes: four arrays, valid until the next call.
   * @param {number[][]} codes */
  weightsOfFour(codes) {
    const found = this.net.logitsOfFour(codes, this.label);
    for (const weights of found) {
      for (let i = 0; i < weights.length; i++) {
        if (this.net.gaussian) weights[i] = (sigmoid(weights[i]) - this.centre) / this.variance;
        else if (this.noise) weights[i] = this.corrupted(weights[i]);
      }
    }
    return found;
  }

  /** log p(x|z) + log p(z) without h, in nats, of each code.
   * @param {ArrayLike<number>} pixels
   * @param {Uint8Array | null} known
   * @param {number[][]} codes
   * @returns {Float64Array} */
  logJoint(pixels, known, codes) {
    const found = new Float64Array(codes.length);
    if (!this.net.gaussian) this.net.observe(pixels, known);
    for (let first = 0; first < codes.length; first += FOUR) {
      const some = Array.from({ length: FOUR }, (_, k) => codes[Math.min(first + k, codes.length - 1)]);
      this.weightsOfFour(some).forEach((weights, k) => {
        if (first + k < found.length) found[first + k] = logPrior(some[k][0], some[k][1]) + this.#sum(weights, pixels, known);
      });
    }
    return found;
  }

  #sum(weights, pixels, known) { // of (x - c) W + b, over the known pixels; nearly all of the time goes into decoding and this
    if (!this.net.gaussian) return this.net.score(weights);
    const { centre, variance } = this;
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      if (!known || known[i]) sum += (pixels[i] - centre - 0.5 * weights[i] * variance) * weights[i];
    }
    return sum;
  }

  /** log p(x|z) of each code, in nats. */
  logLikelihood(pixels, codes) {
    const constant = this.constant(pixels, null);
    return this.logJoint(pixels, null, codes).map((joint, k) => joint - logPrior(codes[k][0], codes[k][1]) + constant);
  }

  /** Add mass * E[x|z, what is known] of the clean picture to a sum, by Bayes' rule pixel by pixel.
   * @param {ArrayLike<number>} weights W of the code
   * @param {Float64Array} sum */
  addExpected(weights, pixels, known, mass, sum) {
    const { noise, centre, variance, clean } = this, half = noise / 2;
    const trust = 1 - clean / variance; // ε² / (σ² + ε²)
    for (let i = 0; i < weights.length; i++) {
      if (this.net.gaussian) {
        const mean = weights[i] * variance + centre;
        sum[i] += mass * (noise && known[i] ? trust * mean + (1 - trust) * pixels[i] : mean);
        continue;
      }
      const seen = sigmoid(weights[i]);
      if (!noise) { sum[i] += mass * seen; continue; }
      const p = Math.min(Math.max((seen - half) / (1 - noise), 0), 1);
      const given = pixels[i];
      sum[i] += mass * (known[i] ? (given * (1 - half) * p) / seen + ((1 - given) * half * p) / (1 - seen) : p);
    }
  }
}

/** log N(z; 0, I) in nats. */
export const logPrior = (z1, z2) => -0.5 * (z1 * z1 + z2 * z2) - Math.log(2 * Math.PI);

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
