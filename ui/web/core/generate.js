// Codes for new pictures, drawn at random: vae_core/generate.py. And whether there is anything new about them.

import { random } from "./random.js";

export const SOURCES = ["prior", "aggregate", "around", "class"];
export const SAME = 0.005; // of the plane: pictures of codes nearer than this differ by about a grey level
export const MOST = { n: 1000, temperature: 3, seed: 2 ** 31 - 1, radius: 6 };

/** What to draw. source: "prior", z ~ N(0, t² I); "aggregate", q(z|x) of test images picked at random; "around", evenly within `radius` of `z`;
 * "class", like "aggregate" with the images of one class only, but of a conditional model, which is told the class, like "prior".
 * @typedef {{ source: string, n: number, seed: number, temperature?: number, z?: number[], radius?: number, label?: string | null }} Wanted */

/** @param {import("./model.js").Model | Description} model
 * @param {import("./encodings.js").Encodings} points
 * @param {Wanted} wanted
 * @returns {Code[]} */
export function drawCodes(model, points, { source, n, seed, temperature = 1, z = [0, 0], radius = 0, label = null }) {
  const chance = random(seed);
  if (source === "around") {
    return Array.from({ length: n }, () => {
      const away = radius * Math.sqrt(chance.uniform()), angle = 2 * Math.PI * chance.uniform(); // the area within r grows as r²
      return [z[0] + away * Math.cos(angle), z[1] + away * Math.sin(angle)];
    });
  }
  if (source === "prior" || (source === "class" && model.conditional)) {
    return Array.from({ length: n }, () => [temperature * chance.normal(), temperature * chance.normal()]);
  }
  const told = model.classes.indexOf(label);
  const members = Array.from(points.label.keys()).filter((i) => source === "aggregate" || points.label[i] === told);
  return Array.from({ length: n }, () => {
    const i = members[chance.below(members.length)];
    const drawn = (/** @type {number} */ axis) => points.mean[2 * i + axis] + temperature * Math.exp(points.logvar[2 * i + axis] / 2) * chance.normal();
    return [drawn(0), drawn(1)];
  });
}

/** Of each code the nearest test image and how far it is; whether it is the same to the eye (`known`), and whether another code here is (`repeated`).
 * @param {Code[]} codes
 * @param {import("./encodings.js").Encodings} points
 * @param {number | null} told the class that a conditional model is told: then the same code of another class is another picture
 * @returns {{ z: Code, index: number, distance: number, known: boolean, repeated: boolean }[]} */
export function judged(codes, { mean, label }, told) {
  let others = Array.from(label.keys());
  const same = told === null ? others : others.filter((i) => label[i] === told);
  if (same.length) others = same;
  return codes.map((z, k) => {
    let [index, least] = [-1, Infinity];
    for (const i of others) {
      const away = (mean[2 * i] - z[0]) ** 2 + (mean[2 * i + 1] - z[1]) ** 2;
      if (away < least) [index, least] = [i, away];
    }
    const distance = Math.sqrt(least);
    const repeated = codes.some((other, n) => n !== k && Math.hypot(other[0] - z[0], other[1] - z[1]) < SAME);
    return { z, index, distance, known: distance < SAME && (told === null || label[index] === told), repeated };
  });
}
