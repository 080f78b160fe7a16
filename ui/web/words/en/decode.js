// The tab Decode.

import { number } from "../../numbers.js";

export const lead = "Move the sliders, or drag the pin on the map. Every pair of numbers is a picture: the decoder paints it from those two numbers alone.";
export const axes = ["z1", "z2"];
export const sliders = ["z1, across on the map", "z2, up on the map"];
export const where = "Where the code lies among the test images";
export const download = "Download the picture";
export const nearest = "The nearest test images";
export const crowded = "How crowded it is";
export const badNumber = (/** @type {number} */ limit) => `That is no number that the lab takes: type one from −${limit} to ${limit}.`;
export const place = (/** @type {string} */ z, /** @type {string | null} */ label) => `z = ${z}${label === null ? "" : ` as ${label}`}`;
export const decoded = (/** @type {string} */ at) => `the picture decoded at ${at}`;

export function crowd({ count, all, radius, expected, percentile }) {
  const of = `${count} of ${all.toLocaleString("en")} test codes lie within ${radius} of this code`;
  const prior = expected === null ? "" : `; the prior N(0, I) expects ${number(expected, 0)}`;
  const how = count === 0
    ? "No test image has a code this near: the decoder was not trained on such codes, so the picture is a guess."
    : `It is more crowded here than around ${number(percentile, 0)} % of the test codes.`;
  return `${of}${prior}. ${how}`;
}
export const whole = "Everything that the decoder can paint, on one sheet";
