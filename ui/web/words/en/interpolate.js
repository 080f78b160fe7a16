// The tab Interpolate.

import { number, percent } from "../../numbers.js";

export const lead = "Drag A and B, or choose a class for each: the lab walks from A to B and decodes a picture at every step.";
export const where = "The path from A to B among the test images";
export const ends = ["A, the start", "B, the end"];
export const typicalOf = (/** @type {string} */ end) => `${end}: the typical image of a class`;
export const second = "Second path";
export const none = "none";
export const here = "Use the current code";
export const mine = "Use my picture's code";
export const noPicture = "There is no picture yet. Draw one on the tab Reconstruct.";
export const steps = "Pictures";
export const swap = "Swap A and B";
export const strip = "Download the strip (PNG)";
export const animation = "Download the animation (GIF)";
export const end = (/** @type {number} */ k, /** @type {number} */ axis) => `z${axis + 1} of ${"AB"[k]}`;
export const preparing = (/** @type {number} */ share) => `Decoding the plane, once for this model: ${percent(share)}`;
export const failed = (/** @type {string} */ reason) => `The path could not be found: ${reason}.`;
export const strips = (/** @type {number} */ n, /** @type {string} */ name, /** @type {string} */ a, /** @type {string} */ b) => `${n} pictures on the ${name} from z = ${a} to z = ${b}`;

function saved(/** @type {number} */ length, /** @type {number} */ straight) {
  const share = 1 - length / straight;
  return percent(share, share >= 0.01 ? 0 : 1);
}

export const lengths = {
  near(/** @type {number} */ length, /** @type {number} */ straight, /** @type {number} */ alone) {
    if (straight < 1e-6) return "A and B are the same code: there is no way to go.";
    const what = `A pixel from black to white counts 1, a nat of rarity 6: so the straight line is ${number(straight, 1)} long, this path ${number(length, 1)}.`;
    if (length === straight) return `${what} Here the straight line is as short as any path found.`;
    const empty = alone >= 0.01 ? `, all but ${percent(alone)} of it` : "";
    return `${what} It is ${saved(length, straight)} shorter, and stays where test images are${empty}: elsewhere the decoder was never trained.`;
  },
  shortest(/** @type {number} */ length, /** @type {number} */ straight, /** @type {number} */ alone) {
    if (straight < 1e-6) return "The picture is the same all the way from A to B: there is nothing to save.";
    const what = `In pictures, where 1 is a pixel from black to white, the straight line is ${number(straight, 1)} long, this geodesic ${number(length, 1)}.`;
    if (length === straight) return `${what} Here the straight line is as short as any path found.`;
    const empty = alone >= 0.01 ? ` It knows nothing of the data: ${percent(alone)} of it lies where no test image does, because pictures change little there.` : "";
    return `${what} It is ${saved(length, straight)} shorter: it goes around places where a small step changes the picture much.${empty}`;
  },
};
