// How rare it is that a code is one of the data: vae_core/rarity.py, which says why.

const WIDTH = 0.15; // of the plane: each q(z|x) is smoothed by so much
const LEAST = 1e-3; // density that is added: empty is empty, however far out
const [SIDE, LIMIT] = [201, 5]; // nodes along each axis, and where the outermost are
const TAIL = 6; // deviations beyond which a Gaussian adds nothing to LEAST

/** r(z) = -log(q(z) + ε) in nats, by bilinear interpolation on a grid.
 * @param {{ mean: Float32Array, logvar?: Float32Array }} q of many images, two numbers each; without log-variances they are points
 * @returns {(z1: number, z2: number) => number} */
export function rarityOf({ mean, logvar }) {
  const density = new Float64Array(SIDE * SIDE), step = (2 * LIMIT) / (SIDE - 1), n = mean.length / 2;
  for (let k = 0; k < n; k++) {
    const [rows, columns] = [0, 1].map((axis) => along(mean[2 * k + axis], Math.sqrt((logvar ? Math.exp(logvar[2 * k + axis]) : 0) + WIDTH ** 2)));
    for (let a = 0; a < rows.values.length; a++) {
      const at = (rows.first + a) * SIDE + columns.first;
      for (let b = 0; b < columns.values.length; b++) density[at + b] += rows.values[a] * columns.values[b];
    }
  }
  const nodes = density.map((value) => -Math.log(value / n + LEAST));
  return (z1, z2) => {
    const [[i, s], [j, t]] = [z1, z2].map((z) => {
      const place = Math.min(Math.max((z + LIMIT) / step, 0), SIDE - 1), first = Math.min(Math.floor(place), SIDE - 2);
      return [first, place - first];
    });
    const at = i * SIDE + j;
    return (nodes[at] * (1 - t) + nodes[at + 1] * t) * (1 - s) + (nodes[at + SIDE] * (1 - t) + nodes[at + SIDE + 1] * t) * s;
  };

  /** The density of N(mean, deviation²) at the nodes that it reaches. */
  function along(/** @type {number} */ mean, /** @type {number} */ deviation) {
    const first = Math.max(Math.ceil((mean - TAIL * deviation + LIMIT) / step), 0);
    const last = Math.min(Math.floor((mean + TAIL * deviation + LIMIT) / step), SIDE - 1);
    const values = Array.from({ length: Math.max(last - first + 1, 0) }, (_, k) =>
      Math.exp(-((((first + k) * step - LIMIT - mean) / deviation) ** 2) / 2) / (deviation * Math.sqrt(2 * Math.PI)));
    return { first, values };
  }
}
