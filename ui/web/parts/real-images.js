// Real test images, of datasets whose licences allow to ship some.

import { Fault } from "../core/fault.js";
import { inflated } from "../core/inflate.js";

const fetched = {
  mnist: () => import("../images/mnist.js"),
  fashion: () => import("../images/fashion.js"),
};
const known = new Map(); // by dataset

/** @typedef {{ index: number, label: number, image: Float32Array }} RealImage index: in the test set */

/** None of another dataset.
 * @param {string} dataset
 * @returns {Promise<{ licence: string, images: RealImage[] }>} */
export function realImages(dataset) {
  if (!known.has(dataset)) known.set(dataset, fetched[dataset]?.().then(unpacked) ?? Promise.resolve({ licence: "", images: [] }));
  return known.get(dataset);
}

/** The one of that place in the test set.
 * @returns {Promise<Float32Array>} */
export async function realImage(/** @type {string} */ dataset, /** @type {number} */ wanted) {
  const { images } = await realImages(dataset);
  return images.find(({ index }) => index === wanted).image;
}

async function unpacked({ licence, index, label, shape, packed }) {
  const levels = new Uint8Array(await inflated(packed));
  const size = levels.length / index.length;
  if (size !== shape.reduce((a, b) => a * b)) throw new Fault("damaged");
  return {
    licence,
    images: index.map((at, k) => ({
      index: at, label: label[k], image: Float32Array.from(levels.subarray(k * size, (k + 1) * size), (level) => level / 255),
    })),
  };
}
