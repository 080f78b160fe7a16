// The tab Interpolate.

import { number, percent } from "../../numbers.js";

export const lead = "Drag A and B on the map: the lab walks from A to B and decodes a picture at every step, on the straight line and on the geodesic, along which the picture changes least in all.";
export const where = "The path from A to B among the test images";
export const ends = ["A, the start", "B, the end"];
export const typical = "typical image of class";
export const here = "Use the current code";
export const mine = "Use my picture's code";
export const noPicture = "There is no picture yet. Draw one on the tab Reconstruct.";
export const steps = "Pictures";
export const swap = "Swap A and B";
export const strip = "Download the strip (PNG)";
export const animation = "Download the animation (GIF)";
export const end = (/** @type {number} */ k, /** @type {number} */ axis) => `z${axis + 1} of ${"AB"[k]}`;
export const preparing = (/** @type {number} */ share) => `Decoding the plane, once for this model: ${percent(share)}`;
export const failed = (/** @type {string} */ reason) => `The geodesic could not be computed: ${reason}.`;
export const strips = (/** @type {number} */ n, /** @type {string} */ name, /** @type {string} */ a, /** @type {string} */ b) => `${n} pictures on the ${name} from z = ${a} to z = ${b}`;

export function lengths(/** @type {number} */ length, /** @type {number} */ straight, /** @type {number} */ alone) {
  if (straight < 1e-6) return "The picture is the same all the way from A to B: there is nothing to save.";
  const what = `In pictures, where 1 is a pixel from black to white, the straight line is ${number(straight, 1)} long, the geodesic ${number(length, 1)}.`;
  if (length === straight) return `${what} Here the straight line is the geodesic: no path found is 0.1 % shorter. The second strip spreads its pictures, so that each step changes as much.`;
  const saved = 1 - length / straight;
  const empty = alone >= 0.01 ? ` ${percent(alone)} of it lies where no test image does.` : "";
  return `${what} The geodesic is ${percent(saved, saved >= 0.01 ? 0 : 1)} shorter: it goes around places where a small step changes the picture much.${empty}`;
}
