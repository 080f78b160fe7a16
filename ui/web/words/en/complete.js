// The tab Complete.

import { number, percent } from "../../numbers.js";

export const lead = "Hide part of a picture: Bayes' rule tells all that may be under it. Or draw on a hidden page, stroke by stroke.";
export const blankPage = "A hidden page to draw on";
export const noise = "Noise";
export const bernoulliNoise = "So many per cent of the pixels, nobody knows which, are replaced by the toss of a coin.";
export const gaussianNoise = "In per cent of the way from black to white: the deviation of noise that is added to every pixel.";
export const guess = "the best guess, E[x|observed]";
export const seen = "what is observed, with its noise";
export const where = "p(z|observed): where the code of the whole picture may be";
export const prior = "prior";
export const curveTitle = "How open it still is, stroke by stroke";
export const entropy = "entropy (bits)";
export const axis = "strokes";
export const meaning = "What the numbers mean";
export const meaningParts = [
  "Information in bits: KL(p(z|observed) ‖ p(z)), how much the observed pixels tell about the code. Entropy in bits: over how large an area of the plane the code is still spread; one bit less is half the area, and below 0 it is less than one unit of area. A surprising stroke can raise it.",
  "p(z|observed) is a sum over the whole plane, without sampling or encoder. The best guess is the mean of all pictures, each weighted by p(z|observed): blurred where they disagree.",
];
export const samples = (/** @type {number} */ n) => `${n} samples from p(z|observed), the dots on the map:`;
export const sample = (/** @type {number} */ k) => `sample ${k}`;
export const preparing = (/** @type {number} */ share) => `Decoding the plane, once for this model: ${percent(share)}`;
export const failed = (/** @type {string} */ reason) => `This could not be completed: ${reason}.`;
export const curve = (/** @type {[number, number][]} */ strokes) => `Entropy of p(z|observed) in bits, by the number of strokes: ${strokes.map(([n, value]) => `${number(value, 1)} after ${n}`).join(", ")}`;

export function evidence({ strokes, pixels, all, noise: share, bits, times, probabilistic }) {
  const point = probabilistic ? "" : " A plain autoencoder is trained without a prior: here N(0, I), to whose scale its codes were brought afterwards, takes its place.";
  if (!pixels) return `Nothing is observed, so nothing is known: p(z|observed) is the prior p(z), and the best guess is the average of all pictures.${point}`;
  const after = strokes ? `After ${strokes} ${strokes > 1 ? "strokes" : "stroke"}, the` : "The";
  const who = pixels > 1 ? `${pixels} observed pixels tell` : "observed pixel tells";
  const area = times > 1.05 ? `: it may be on an area ${number(times, times < 10 ? 1 : 0)} times smaller than the prior's` : "";
  const done = pixels === all && !share ? " All is observed: nothing is left to guess." : "";
  return `${after} ${who} ${number(bits, 1)} bits about the code${share ? ", in spite of the noise" : ""}${area}.${done}${point}`;
}
