// The tab Reconstruct.

import { number, percent } from "../../numbers.js";

export const lead = (/** @type {boolean} */ ink) => `${ink ? "Draw a digit, or give a picture." : "Choose a picture, or give one."} The encoder keeps two numbers of it, its code; the decoder paints it again from them.`;
export const given = "Your picture";
export const where = "Where this picture's code lies among the test images";
export const again = "Painted again";
export const seen = "as the model sees it";
export const reconstruction = "painted again";
export const meanwhile = (/** @type {string} */ z) => `decoded at ${z}; the encoder is coming`;
export const difference = (/** @type {boolean} */ ink) => (ink ? "blue added, orange missing" : "blue brighter, orange darker");
export const download = "Download";
export const nearby = "Who lives nearby";
export const nothing = "There is no picture. Draw, upload one, or take an example.";
export const closeup = "Close-up of where this picture's code may be";
export const hidden = "What if a part of it is hidden?";
export const sure = "How sure is it?";
export const numbers = "The numbers";
export const unusual = "Is it unusual?";
export const bayes = "What Bayes' rule says";
export const preparing = "Decoding the plane, once for this model.";
export const legend = "Shading: the true posterior p(z|x), by Bayes' rule. Ellipses: q(z|x), the encoder's guess, at one and two standard deviations.";
export const noGuess = "A plain autoencoder has no q(z|x) to compare: its code is the cross on the map. The shading is the posterior of its decoder under the prior N(0, I).";
export const samples = "Four samples, decoded from z ~ q(z|x): what else the encoder takes it for.";
export const noSamples = "There are no samples: a plain autoencoder gives one point, so there is nothing to draw from.";
export const noPosterior = "A plain autoencoder has no q(z|x): it gives one point, without uncertainty, so there is no rate and no ELBO.";
export const density = "Of this model's Gaussian likelihood these are nats of a density over pixels in [0, 1], not of a probability: a density can be above 1, so the ELBO can be above 0 and the distortion below.";
export const style = "This model is told the class, so its code keeps the style alone: neighbours are of any class.";
export const columns = ["", "value", "unit", "meaning"];

export const histogram = "How probable the test images are; the line is this picture";
export const images = "test images";
export const code = (/** @type {string} */ z, /** @type {string | null} */ label) => (label === null ? `Its code is ${z}.` : `Read as ${label}; its code is ${z}.`);

export const mode = (/** @type {number} */ mass, /** @type {string} */ z) => `${percent(mass)} at ${z}`;

export function around(/** @type {number} */ distance, /** @type {string} */ name, /** @type {number} */ n, /** @type {number} */ all) {
  if (distance > 0.2) return "Nobody lives here: no test image has a code this near, so the decoder was not trained on such codes, and the picture is a guess.";
  if (!name) return "These are the test images with the nearest codes, painted by the decoder.";
  return `Of its ${all} nearest neighbours among the test images, ${n} are of class ${name}.`;
}

/** Rows of a table: name, value, unit, meaning. */
export function figures({ mean, std, rate, distortion, elbo, average, conditional }) {
  const pair = (/** @type {number[]} */ values, /** @type {number} */ digits) => `(${values.map((value) => number(value, digits)).join(", ")})`;
  const evidence = conditional ? "log p(x|class)" : "log p(x)";
  const tested = average === undefined ? "" : `; the test set averages ${number(std ? -average : average, 1)}`;
  return [
    [std ? "mean" : "code", pair(mean, 2), "z units", "the code: where the encoder puts this picture on the map"],
    ["standard deviation", std ? pair(std, 3) : "—", "z units", "how unsure the encoder is of each number"],
    ["rate", std ? number(rate, 2) : "—", "nats", "information in the code: KL(q(z|x) ‖ p(z)), how far q is from the prior"],
    ["distortion", number(distortion, 1), "nats", `what the reconstruction misses: ${std ? "−E_q[log p(x|z)]" : "−log p(x|z)"}, lower is better${std ? "" : tested}`],
    ["ELBO", std ? number(elbo, 1) : "—", "nats", `−(rate + distortion), a lower bound of ${evidence}: higher is more like the training images${std ? tested : ""}`],
  ];
}

/** The same of exact inference. */
export function exact({ logProb, elbo, gap, conditional }) {
  return [
    [conditional ? "log p(x|class)" : "log p(x)", number(logProb, 1), "nats", "exact: the integral over all codes, where the ELBO is a bound"],
    ["ELBO", elbo === null ? "—" : number(elbo, 1), "nats", "what the encoder's guess q(z|x) makes of it"],
    ["KL(q ‖ p(z|x))", gap === null ? "—" : number(gap, 2), "nats", "their difference: how far the guess is from the true posterior"],
  ];
}

export function verdict(/** @type {number} */ modes, /** @type {number} */ near) {
  const several = `${modes} separate codes explain this picture, each with more than 5 % of the true posterior; this is what the decoder paints there.`;
  const one = "One code explains this picture best; this is what the decoder paints there.";
  const what = modes > 1 ? several : one;
  if (Number.isNaN(near)) return what;
  if (near < 0.5) return `The encoder misses: only ${percent(near)} of the true posterior lies near its guess. It maps every picture to a guess in a single step, and nothing corrects a guess that is far off. ${what}`;
  if (modes > 1) return `${what} The encoder's single Gaussian covers ${percent(near)} of the true posterior; it cannot cover several modes.`;
  return `The encoder found it: ${percent(near)} of the true posterior lies near its guess. ${what}`;
}

export function strange(/** @type {number} */ percentile, /** @type {boolean} */ doubt, /** @type {boolean} */ conditional) {
  const told = conditional ? "log p(x|class)" : "log p(x)";
  const place = `${number(percentile, 0)} % of the test images have a lower ${told}.`;
  const of = doubt ? "Nobody can say yet: the model may not have seen what you meant."
    : percentile < 1 ? `Very strange: hardly any test image has so low a ${told}.`
    : percentile < 5 ? `Strange: few test images have so low a ${told}.`
    : percentile <= 95 ? "Ordinary: in the range of the test images."
    : "Unusually probable, as simple pictures are; that does not make it typical.";
  return { verdict: of, place, chart: `Histogram of ${told} of the test images, in nats. ${place} The mark is this picture.`, axis: `${told} (nats)` };
}
