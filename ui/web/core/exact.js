// Exact inference by Bayes' rule, on the decoded plane: vae_core.exact.

import { ask } from "./ask-plane.js";
import { measure } from "./look.js";

/** @typedef {import("./ask-plane.js").Options} Options */

/** p(z|x) of a picture by Bayes' rule. A newer question of the same asker makes an older one fail.
 * @param {import("./model.js").Model} net
 * @param {Pick<Seen, "image" | "mean" | "logvar" | "std" | "label">} seen
 * @param {Options & { measured?: Measured, logProbs?: ArrayLike<number> }} [options] measured: its rate and distortion, if they are
 *   known; logProbs: log p(x) of the test images, for the percentile
 * @returns {Promise<ExactPosterior>} */
export async function posterior(net, seen, { measured, logProbs, ...options } = {}) {
  const { image, mean, std, label } = seen;
  const asked = ask(net, { image, q: { mean, std }, label }, options);
  const { elbo } = measured ?? measure(net, seen); // while the worker is at it
  const found = await asked;
  const lower = logProbs ? Array.prototype.filter.call(logProbs, (value) => value < found.logProb).length : NaN;
  return { ...found, klQP: elbo === null ? null : found.logProb - elbo, percentile: (100 * lower) / (logProbs?.length ?? 1) };
}

/** What a picture may be where it is hidden; with `noise`, what it was before that noise.
 * @param {import("./model.js").Model} net
 * @param {ArrayLike<number>} image C * H * W
 * @param {Uint8Array} known 1 where a pixel is known, as many as the image has numbers
 * @param {Options & { samples?: number, seed?: number, label?: string | null, noise?: number, q?: { mean: Code, std: Code | null } | null }} [options]
 * @returns {Promise<Completion>} */
export function complete(net, image, known, { samples = 8, seed = 0, label = null, noise = 0, q = null, ...options } = {}) {
  return ask(net, { image: Float32Array.from(image), known, samples, seed, label, noise, q }, options);
}
