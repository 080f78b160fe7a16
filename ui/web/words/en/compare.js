// The tab Compare.

import { number } from "../../numbers.js";

export const lead = "Two models side by side, at the same code: point, press or drag on either map, and see what each makes of the same two numbers, the same path and the same picture.";
export const beside = "Beside the model above:";
export const first = "the model above";
export const second = "the model beside it";
export const path = "Along the straight line from A to B";
export const pathNote = "A and B are those of the tab Interpolate.";
export const yours = "Your picture on the tab Reconstruct";
export const noPicture = "There is no picture yet. Draw one on the tab Reconstruct.";
export const figures = "Figures of the model cards";
export const better = "better";
export const all = "Rate and distortion of all models of this data";
export const rateAxis = "rate (nats)";
export const distortionAxis = "distortion (nats)";
export const marked = "These are figures of test images that were binarized if the likelihood is Bernoulli's; your picture above is grey, so its nats are others. Better is judged by these same figures: it marks a difference that is beyond chance, by their 95 % intervals. Read rate and distortion together: their sum is −ELBO.";
export const plot = "Each model stands at its rate, the information its code carries, and its distortion, what the reconstruction misses, both as on its card. Along a dashed line the ELBO is the same; lower left is better. An arrow: that model's distortion is far beyond the top.";
export const columns = (/** @type {string} */ a, /** @type {string} */ b) => ["test set", a, b, "unit", "meaning"];
export const units = { nats: "nats", "per pixel": "per pixel", "of 1": "of 1" };
export const measures = {
  log_prob: ["log p(x)", "how probable the model makes the test images"],
  elbo: ["ELBO", "a lower bound of it, by the encoder's q(z|x)"],
  rate: ["rate", "how much information the code carries: KL(q(z|x) ‖ p(z))"],
  distortion: ["distortion", "what the reconstruction misses: −E_q[log p(x|z)]"],
  amortization_gap: ["amortization gap", "how much the ELBO would rise if each image had its own optimal Gaussian"],
  reconstruction_mse: ["squared error", "the reconstruction's, averaged"],
  knn_accuracy: ["20-NN accuracy", "share of test images whose class most of the 20 nearest training codes have"],
};
export const reasons = {
  data: "They learned from different data, so their figures cannot be compared.",
  likelihood: "Their likelihoods differ, so their nats cannot be compared.",
  class: "Only one is told the class: its figures are of p(x|class) and its code is of style alone, so they are not compared.",
  autoencoder: "A plain autoencoder is trained for low distortion alone: its code is a point instead of a distribution q(z|x) and follows no prior, so it has no rate and no ELBO.",
  iwae: "The importance-weighted bound counts the best of several sampled codes most: log p(x) rises, and the ELBO, which averages over single codes, falls.",
  exact: "The exact objective maximizes log p(x) itself, without encoder and bound: log p(x) rises, and what an encoder fitted to it afterwards can reach, the ELBO, falls.",
  beta: "With a smaller β the code carries more information (higher rate): its distribution q(z|x) is narrower, and the distortion is lower. With a larger β the code carries less (lower rate), so reconstructions are poorer.",
  same: "They were trained for the same objective.",
};
export const alone = (/** @type {string} */ name) => `${name} is the only model here of its data, so there is none to compare it with.`;
export const which = "Which map is shown";
export const mapOf = (/** @type {string} */ which) => `The test images by ${which}`;
export const at = (/** @type {string} */ z) => `Each model paints z = ${z} beside its name.`;
export const decodedBy = (/** @type {string} */ name, /** @type {string} */ z, /** @type {string | null} */ label) => `decoded by ${name} at z = ${z}${label === null ? "" : ` as ${label}`}`;
export const stripBy = (/** @type {string} */ name, /** @type {number} */ n, /** @type {string} */ a, /** @type {string} */ b) => `${n} pictures by ${name} on the straight line from z = ${a} to z = ${b}`;
export const seenBy = (/** @type {string} */ name) => `as ${name} sees it`;
export const withoutRate = (/** @type {string} */ name) => `${name} (no rate)`;

export function paintedBy(/** @type {string} */ name, /** @type {string | null} */ label, /** @type {Measured | null} */ measured) {
  const read = label === null ? "" : `, read as ${label}`;
  if (!measured) return `by ${name}${read}`;
  const bound = measured.elbo === null ? "" : `, ELBO ${number(measured.elbo, 1)} nats`;
  return `by ${name}${read}: distortion ${number(measured.distortion, 1)} nats${bound}`;
}

export const plotLabel = (/** @type {{ name: string, rate: number | null, distortion: number }[]} */ points) =>
  `Rate and distortion in nats. ${points.map(({ name, rate, distortion }) => `${name}: ${rate === null ? "no rate" : `rate ${number(rate, 1)}`}, distortion ${number(distortion, 1)}`).join("; ")}`;
