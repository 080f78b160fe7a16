// The geodesic between two codes, asked of the worker that has the decoded plane.

import { ask } from "./ask-plane.js";
import { encodingsOf } from "./encodings.js";

/** @param {import("./model.js").Model} net
 * @param {Code[]} ends
 * @param {number} steps codes on it, both ends included
 * @param {import("./ask-plane.js").Options & { label?: string | null, stay?: boolean }} [options] label: the class that a conditional model
 * is told; stay: near the data, see vae_core/geometry.py
 * @returns {Promise<{ codes: Code[], length: number, straightLength: number }>} lengths in picture space: 1 is a pixel from black to white */
export async function shortest(net, ends, steps, { label = null, stay = false, asker = "path", ...options } = {}) {
  const data = stay ? codesOf(await encodingsOf(net), net.conditional ? net.classes.indexOf(label) : null) : null;
  return ask(net, { ends, steps, label, data }, { asker, ...options });
}

/** Those of the test images, of a class alone if the model is told it.
 * @param {import("./encodings.js").Encodings} points
 * @param {number | null} told */
function codesOf({ mean, logvar, label }, told) {
  if (told === null) return { mean, logvar };
  const own = Array.from(label.keys()).filter((k) => label[k] === told).flatMap((k) => [2 * k, 2 * k + 1]);
  return { mean: Float32Array.from(own, (at) => mean[at]), logvar: logvar && Float32Array.from(own, (at) => logvar[at]) };
}
