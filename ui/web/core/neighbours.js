// Who lives near a code: the test images whose posterior means are closest.

export const DENSITY_RADIUS = 0.2; // of the plane, of what is near a code

/** The k nearest test codes, the nearest first.
 * @param {import("./encodings.js").Encodings} points
 * @param {ArrayLike<number>} z
 * @returns {{ index: number, distance: number }[]} */
export function nearest({ mean, label }, z, k) {
  const found = []; // sorted, at most k
  for (let i = 0; i < label.length; i++) {
    const distance = Math.hypot(mean[2 * i] - z[0], mean[2 * i + 1] - z[1]);
    if (found.length === k && distance >= found[k - 1].distance) continue;
    if (found.length === k) found.pop();
    let at = found.length;
    while (at && found[at - 1].distance > distance) at--;
    found.splice(at, 0, { index: i, distance });
  }
  return found;
}

/** A typical code of each class that the test set has an image of: the test code nearest to the median of the class.
 * @param {import("./encodings.js").Encodings} points
 * @param {string[]} classes
 * @returns {{ name: string, label: number, z: Code }[]} */
export function typicalCodes({ mean, label }, classes) {
  return classes.flatMap((name, k) => {
    const own = Array.from(label.keys()).filter((i) => label[i] === k);
    if (!own.length) return [];
    const middle = [0, 1].map((axis) => own.map((i) => mean[2 * i + axis]).sort((a, b) => a - b)[(own.length - 1) >> 1]);
    const away = (i) => Math.hypot(mean[2 * i] - middle[0], mean[2 * i + 1] - middle[1]);
    const best = own.reduce((found, i) => (away(i) < away(found) ? i : found));
    return [{ name, label: k, z: /** @type {Code} */ ([mean[2 * best], mean[2 * best + 1]]) }];
  });
}

/** Up to n test codes far from one another among the denser half, the one in the middle first.
 * @param {import("./encodings.js").Encodings} points
 * @returns {Code[]} */
export function spreadCodes({ mean, label }, n) {
  const all = Array.from(label, (_, i) => /** @type {Code} */ ([mean[2 * i], mean[2 * i + 1]]));
  const middle = [0, 1].map((axis) => all.map((z) => z[axis]).sort((a, b) => a - b)[all.length >> 1]);
  const away = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const codes = all.sort((a, b) => away(a, middle) - away(b, middle)).slice(0, Math.ceil(0.9 * all.length));
  const chosen = codes.slice(0, 1);
  while (chosen.length < Math.min(n, codes.length)) {
    const least = codes.map((z) => Math.min(...chosen.map((one) => away(z, one))));
    chosen.push(codes[least.indexOf(Math.max(...least))]);
  }
  return chosen;
}

/** How densely the test set occupies a place: test codes within DENSITY_RADIUS, those that N(0, I) expects there, and of every tenth test
 * code how many per cent lie no more densely.
 * @param {import("./encodings.js").Encodings} points
 * @param {ArrayLike<number>} z */
export function crowd(points, z) {
  const { mean, label } = points;
  const count = countWithin(points, z[0], z[1]);
  typical.get(points) ?? typical.set(points, Array.from({ length: Math.ceil(label.length / 10) }, (_, i) =>
    countWithin(points, mean[20 * i], mean[20 * i + 1])));
  const around = typical.get(points);
  const prior = Math.exp(-0.5 * (z[0] ** 2 + z[1] ** 2)) / (2 * Math.PI);
  return {
    count, expected: label.length * Math.PI * DENSITY_RADIUS ** 2 * prior,
    percentile: (100 * around.filter((one) => one <= count).length) / around.length,
  };
}

const typical = new WeakMap(); // counts around every tenth test code, by the points

function countWithin({ mean, label }, z1, z2) {
  let count = 0;
  for (let i = 0; i < label.length; i++) {
    if ((mean[2 * i] - z1) ** 2 + (mean[2 * i + 1] - z2) ** 2 <= DENSITY_RADIUS ** 2) count++;
  }
  return count;
}
