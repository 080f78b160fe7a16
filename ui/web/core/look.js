// How a model sees a picture: the part of vae_core.images and of VAE.elbo that a tab needs at once.

import { Likelihood } from "./likelihood.js";
import { NODES, WEIGHTS, rate } from "./posterior.js";
import { prepare } from "./prepare.js";

/** q(z|x) of a picture, or why there is none: a key of words.pictures.
 * @param {import("./model.js").Model} net with its encoder
 * @param {Picture} picture
 * @returns {Seen | string} */
export function look(net, picture) {
  const taken = prepared(net, picture);
  return typeof taken === "string" ? taken : { ...taken, ...encode(net, taken.image) };
}

/** @param {import("./model.js").Model} net
 * @param {Picture} picture */
function prepared(net, { pixels, image, shape, crop }) {
  if (image) {
    const fits = String(shape) === String(net.shape);
    const whole = /** @type {Frame} */ ([0, 0, 1, 1]);
    return fits ? { image, frame: whole, groups: [], doubt: "" } : "otherShape";
  }
  return prepare(pixels.data, pixels.width, pixels.height, net, crop ?? undefined)
    ?? (crop ? "emptyCrop" : "blank");
}

/** q(z|x) of an image as the model sees it. A model that is told the class tries them all and takes the
 * one with the least rate + distortion, at the mean: what VAE.elbo says, with one code each.
 * @param {import("./model.js").Model} net
 * @param {Float32Array} image
 * @returns {{ mean: Code, logvar: Code, std: Code | null, label: string | null }} */
export function encode(net, image) {
  const tried = net.conditional ? net.classes : [null];
  let [best, least] = [null, Infinity];
  for (const label of tried) {
    const q = { label, ...net.encode(image, label) };
    const loss = tried.length === 1 ? 0 : (net.probabilistic ? rate(q) : 0) + net.distortion(image, q.mean, label);
    if (loss < least || !best) [best, least] = [q, loss];
  }
  return { ...best, std: net.probabilistic ? best.logvar.map((value) => Math.exp(value / 2)) : null };
}

/** Rate, distortion and ELBO, as VAE.elbo.
 * @param {import("./model.js").Model} net
 * @param {Pick<Seen, "image" | "mean" | "logvar" | "std" | "label">} seen
 * @returns {Measured} */
export function measure(net, { image, mean, logvar, std, label }) {
  if (!std) return { rate: null, distortion: net.distortion(image, mean, label), elbo: null };
  const codes = NODES.flatMap((along) => NODES.map((up) => [mean[0] + std[0] * along, mean[1] + std[1] * up]));
  const distortion = -new Likelihood(net, label).logLikelihood(image, codes)
    .reduce((sum, value, k) => sum + WEIGHTS[Math.floor(k / NODES.length)] * WEIGHTS[k % NODES.length] * value, 0);
  const information = rate({ mean, logvar });
  return { rate: information, distortion, elbo: -(information + distortion) };
}
