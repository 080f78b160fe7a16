// A picture as noise leaves it: Grid.corrupt of vae_core/exact/grid.py.

import { random } from "./random.js";

/** A Bernoulli pixel becomes a fair coin's with probability `noise`; a Gaussian one is given noise of that deviation. From a seed, so that
 * it is the same each time.
 * @param {ArrayLike<number>} image
 * @param {number} noise
 * @param {boolean} gaussian
 * @returns {Float32Array} */
export function corrupt(image, noise, gaussian, seed = 0) {
  const chance = random(seed);
  return Float32Array.from(image, (value) => {
    if (gaussian) return value + noise * chance.normal();
    const [replaced, coin] = [chance.uniform() < noise, chance.uniform() < 0.5];
    return replaced ? Number(coin) : value;
  });
}
