// The tab Map.

import { number, percent } from "../../numbers.js";

export const lead = "Each dot is one test image at its code. Point anywhere to see what the decoder paints there; press to make it the current code.";
export const map = "The encoded test images";
export const layer = "Layer of colour";
export const layers = { none: "none", area: "area factor", crowd: "aggregate posterior", regions: "kNN regions" };
export const neighbours = "Neighbours, k";
export const waiting = "Computing the layer…";
export const fetch = "Fetch the original images";
export const fetchFor = "The dataset is not on this computer's disk. Once it is, pointing at a dot shows the original beside its reconstruction.";
export const features = "How much of the class do two numbers keep?";
export const featuresNote = "k-means (pick it under Colour by) groups the codes without looking at the classes, and the adjusted Rand index says how far its groups agree with them: 1 is complete agreement, 0 what chance gives. kNN accuracy is the share of test images whose class is the commonest among the k nearest other test images. Beside the code stand the two numbers that PCA, the best linear code, gives the same images.";
export const theCode = "the code";
export const curves = "kNN accuracy by the number of neighbours k";
export const byNeighbours = "neighbours k";
export const rightly = "test images whose class their neighbours tell";
export const help = "How to use the map";
export const helpParts = [
  "Mouse: a press picks a code, and its pin can be dragged. The wheel zooms, dragging elsewhere pans, a double click goes back. With Box or Lasso dragging selects dots: they are decoded and counted below the map, and go into a CSV file.",
  "Finger: a tap picks, the pin can be dragged, two fingers zoom.",
  "Keyboard: go to the map with Tab. Arrow keys move the code (with Shift faster), the keys +, − and 0 zoom in, out and back, S selects the dots around the code.",
  "Decoded plane paints under the dots what the decoder makes of each place.",
  "The circles are 1, 2 and 3 standard deviations of the prior p(z) = N(0, I); a plain autoencoder has none. The buttons under the map hide and show classes.",
];
export const area = "Area factor, log √det JᵀJ: where a small step of the code changes the picture most (yellow), as between two kinds of picture, and where hardly at all (blue). One nat more is 2.7 times the change of area.";
export const noCrowd = "A plain autoencoder has no q(z|x), and no prior to compare it with: there is no aggregate posterior.";
export const noLabels = "This model's pictures have no labels: there are no classes for the neighbours to tell.";
export const oneLabel = "All of this model's test images are of one class: there is nothing to tell apart.";
export const styleOnly = "This model is told the class, so its code keeps the style alone, and should say next to nothing about the class.";
export const notMeasured = (/** @type {string} */ name) => `The layers of this model were not measured. This command measures them: python -m vae_core.evaluate ${name} --only layers`;
export const unreadable = (/** @type {string} */ reason) => `The layers of this model could not be read: ${reason}.`;
export const rand = (/** @type {number} */ k) => `adjusted Rand index of ${k} groups`;
export const accuracy = (/** @type {number} */ k) => `${k}-NN accuracy`;

export const crowd = (/** @type {number} */ kl, /** @type {number} */ empty) =>
  `Aggregate posterior against the prior, log q(z) / p(z), where q(z) is the average of q(z|x) over the test set: where it is blue, fewer pictures live than N(0, I) expects, and samples from there look wrong, because the decoder has hardly seen such codes. q(z) is below a hundredth of p(z) in ${percent(empty, 1)} of the prior's mass; KL(q(z) ‖ p(z)) is ${number(kl, 2)} nats.`;

export const regions = (/** @type {number} */ k, /** @type {number} */ share) =>
  `kNN regions: each place has the colour of the commonest class among its k = ${k} nearest test codes. With k = 1 the borders are ragged; with large k they are smooth and small regions vanish. Classified in the same way by the other test codes, ${percent(share, 1)} of the test images get their own class (leave-one-out).`;
