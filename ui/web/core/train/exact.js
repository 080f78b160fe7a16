// How good a model is that learns: log p(x) by Bayes' rule on even cells, the ELBO without sampling noise, and whether
// neighbours on the plane are of the same class. All of many pictures at once, as the kernel likes it.

import { logPrior } from "../likelihood.js";
import { NODES, WEIGHTS, rate } from "../posterior.js";
import { nearest } from "../neighbours.js";
import { up8 } from "./layers.js";

const LIMIT = 5; // of the cells, along either axis, as vae_core.exact has it
const FAR = 40; // nats below the highest that add nothing in single precision
const NEIGHBOURS = 20;
/** Nodes and their weights of the quadrature, by how many there are along each axis.
 * @type {Record<number, number[][]>} */
const RULES = { 2: [[-1, 0.5], [1, 0.5]], 8: NODES.map((node, k) => [node, WEIGHTS[k]]) };

/** log p(x) of pictures in nats: the sum over side x side cells of p(x|z) p(z) dz.
 * @param {import("./gradients.js").TrainableVAE} model not an autoencoder
 * @param {Float32Array} images at most `scored` of them
 * @param {number} side
 * @returns {Float64Array} */
export function logProbs(model, images, side) {
  const { pixels, codes: most, kernel, gaussian } = model, count = images.length / pixels, step = (2 * LIMIT) / side;
  const rows = up8(count);
  model.pictures.fill(0).set(images);
  const highest = new Float64Array(count).fill(-Infinity), sums = new Float64Array(count);
  const variance = gaussian ? Math.exp(model.logvar("w")[0]) : 1;
  for (let first = 0; first < side * side; first += most) {
    const n = Math.min(most, side * side - first), wide = up8(n);
    const codes = Float32Array.from({ length: 2 * n }, (_, i) => {
      const cell = first + (i >> 1);
      return ((i % 2 ? cell % side : Math.floor(cell / side)) + 0.5) * step - LIMIT;
    });
    const logits = model.logits(codes), offsets = offsetsOf(model, logits, wide, variance);
    for (let k = 0; k < n; k++) offsets[k] += logPrior(codes[2 * k], codes[2 * k + 1]) + 2 * Math.log(step);
    const scores = model.scores.subarray(0, rows * wide).fill(0);
    kernel.multiply(model.pictures, logits, scores, [rows, wide, pixels]);
    for (let image = 0; image < count; image++) {
      for (let k = 0, i = image * wide; k < n; k++, i++) {
        const nats = scores[i] / variance + offsets[k];
        if (nats > highest[image]) {
          sums[image] = sums[image] * Math.exp(highest[image] - nats) + 1;
          highest[image] = nats;
        } else if (nats > highest[image] - FAR) sums[image] += Math.exp(nats - highest[image]);
      }
    }
  }
  return highest.map((nats, image) => nats + Math.log(sums[image]) + ofPictureAlone(model, images.subarray(image * pixels, (image + 1) * pixels), variance));
}

// What of log p(x|z) only the code decides; of a Gaussian decoder the logits become means.
function offsetsOf(model, logits, n, variance) {
  const { pixels, total, d, repeated, kernel, gaussian } = model, offsets = new Float64Array(n);
  if (!gaussian) {
    kernel.bernoulliBack(logits, repeated.fill(0, 0, pixels * n), d, total.subarray(0, n), pixels);
    return Float64Array.from(total.subarray(0, n));
  }
  for (let i = 0; i < pixels * n; i++) {
    logits[i] = 1 / (1 + Math.exp(-logits[i]));
    offsets[i % n] -= (0.5 * logits[i] ** 2) / variance;
  }
  return offsets;
}

function ofPictureAlone({ pixels, gaussian }, image, variance) {
  return gaussian ? -0.5 * (image.reduce((sum, x) => sum + x * x, 0) / variance + pixels * Math.log(2 * Math.PI * variance)) : 0;
}

/** Rate and distortion of each picture in nats, as `vae_core.VAE.elbo` measures them; the rate of a point is infinite.
 * @param {import("./gradients.js").TrainableVAE} model
 * @param {Float32Array} images
 * @param {2 | 8} nodes of the quadrature along each axis: with two it is quick, and right to a few hundredths of a nat
 * @returns {{ mean: Float32Array, logvar: Float32Array, rate: Float32Array, distortion: Float32Array }} */
export function bound(model, images, nodes) {
  const { pixels, point } = model, all = images.length / pixels, size = model.most;
  const along = RULES[nodes];
  const points = /** @type {[number[], number][]} */ (point ? [[[0, 0], 1]] : along.flatMap(([a, one]) => along.map(([b, two]) => [[a, b], one * two])));
  const found = { mean: new Float32Array(2 * all), logvar: new Float32Array(2 * all), rate: new Float32Array(all), distortion: new Float32Array(all) };
  for (let first = 0; first < all; first += size) {
    const some = images.subarray(first * pixels, Math.min(first + size, all) * pixels), n = some.length / pixels;
    const { mean, logvar } = model.encode(some);
    found.mean.set(mean, 2 * first);
    found.logvar.set(logvar, 2 * first);
    for (let k = 0; k < n; k++) {
      const two = [2 * k, 2 * k + 2];
      found.rate[first + k] = point ? Infinity : rate({ mean: mean.subarray(...two), logvar: logvar.subarray(...two) });
    }
    for (const [offset, share] of points) {
      const nats = model.logLikelihood(some, point ? mean : mean.map((value, i) => value + Math.exp(0.5 * logvar[i]) * offset[i % 2]));
      for (let k = 0; k < n; k++) found.distortion[first + k] -= share * nats[k];
    }
  }
  return found;
}

/** Share of codes whose class is the most frequent one among the 20 nearest of others; of a tie, the first.
 * @param {Float32Array} codes two numbers each
 * @param {Uint8Array} labels
 * @param {{ mean: Float32Array, label: Uint8Array }} others */
export function accuracy(codes, labels, others) {
  let right = 0;
  labels.forEach((label, k) => {
    const votes = new Uint16Array(256);
    for (const { index } of nearest(others, codes.subarray(2 * k, 2 * k + 2), NEIGHBOURS)) votes[others.label[index]]++;
    if (votes.indexOf(Math.max(...votes)) === label) right++;
  });
  return right / labels.length;
}
