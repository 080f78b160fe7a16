// The geodesic between two codes, asked of the worker that has the decoded plane.

import { ask } from "./ask-plane.js";

/** @param {import("./model.js").Model} net
 * @param {Code[]} ends
 * @param {number} steps codes on it, both ends included
 * @param {import("./ask-plane.js").Options & { label?: string | null }} [options] label: the class that a conditional model is told
 * @returns {Promise<{ codes: Code[], length: number, straightLength: number }>} lengths in picture space: 1 is a pixel from black to white */
export function shortest(net, ends, steps, { label = null, asker = "path", ...options } = {}) {
  return ask(net, { ends, steps, label }, { asker, ...options });
}
