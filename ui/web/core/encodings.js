// The encoded test set of a model: its map's points.

import { readTensors } from "./safetensors.js";

/** One entry of each for every test image; codes have two numbers each, and the others are in nats. Of models trained elsewhere
 * some may be missing.
 * @typedef {{ mean: Float32Array, label: Uint8Array, logvar?: Float32Array, rate?: Float32Array, distortion?: Float32Array, log_prob?: Float32Array }} Encodings */

/** Read once per model.
 * @param {{ encodings: string }} model
 * @returns {Promise<Encodings>} */
export const encodingsOf = async (model) => /** @type {any} */ (await readTensors(model.encodings));
