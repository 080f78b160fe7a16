// Random numbers from a seed: the same in every browser.

/** Uniform numbers by sfc32 (Doty-Humphrey 2010, PractRand), normal ones from them by Box and Muller (1958).
 * @param {number} seed any whole number */
export function random(seed) {
  let [a, b, c, count] = [0x9e3779b9, 0x243f6a88, seed | 0, 1];
  function bits() {
    const sum = (a + b + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return sum >>> 0;
  }
  for (let i = 0; i < 15; i++) bits(); // until the seed is everywhere
  const uniform = () => (bits() + 0.5) / 2 ** 32; // never 0 or 1
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
    /** @param {number} n from 0 to n - 1 */
    below: (n) => Math.floor(uniform() * n),
  };
}
