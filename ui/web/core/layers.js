// Figures of the plane that were computed once per model by `python -m vae_core.evaluate`: see vae_core/evaluate/layers.py.

import { readTensors } from "./safetensors.js";

/** A model's layers, read once.
 * @param {Description} model with `layers`
 * @returns {Promise<{ tensors: Record<string, any>, groups: (k: number) => { of: Uint8Array, ari: number | null } }>} */
export async function layersOf(model) {
  const tensors = await readTensors(model.layers);
  return {
    tensors,
    groups(k) { // the test codes' groups of k-means, and how far they are the classes
      const at = k - 2, n = tensors.groups.length / tensors.groups_ari.length;
      const ari = tensors.groups_ari[at];
      return { of: tensors.groups.subarray(at * n, (at + 1) * n), ari: Number.isNaN(ari) ? null : ari };
    },
  };
}
