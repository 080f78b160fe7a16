// Generated pictures, one by one.

export const nearest = "the nearest test image, painted";
export const label = (/** @type {number} */ n) => `${n} generated pictures; arrow keys go from one to the next`;
export const done = (/** @type {number} */ k, /** @type {number} */ n) => `${k} of ${n}`;

export function about({ k, n, z, index, name, distance, known, repeated }) {
  return [
    `Number ${k + 1} of ${n}, z = ${z}`,
    `The nearest encoded test image is number ${index}${name === undefined ? "" : ` (${name})`}, ${distance.toFixed(4)} away.`,
    ...(known ? ["Not new: it looks like that image's reconstruction."] : []),
    ...(repeated ? ["Another picture here looks the same."] : []),
  ].join("\n");
}
