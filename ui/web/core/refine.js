// Cells that are halved until a posterior on the plane is resolved: refine_cells of vae_core/exact/refine.py,
// which says why each step is there. Nothing here knows of models or pictures.

const FAR = 8, FAR_AT_FIRST = 12; // nats below the highest cell: what is dropped; the first cells are wider than vae_core's
const NEAR = 3; // nats below a component's highest cell: where it has to be resolved
const RESOLVED = 1.5; // width of a cell over the narrowest deviation of the posterior across it
const WIDE = 400, VAST = 1600, SMOOTH = 0.3; // cells of a component, and the share of its mass that may be rough
const FINE_SIDE = 160; // cells of a grid along each axis that are as narrow as vae_core's first ones
const HALVINGS = 8, SEED_HALVINGS = 3;
const PROMINENCE = 1; // nats that a mode stands above the pass to a higher one
const AROUND = [[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 1], [1, -1], [1, 0], [1, 1]];
const TABLE = 4e6; // places: a larger box of cells is looked up by name

/** Cells that have been halved as often, by their places counted in such cells.
 * @typedef {{ level: number, i: Int32Array, j: Int32Array, values: Float64Array }} Cells */

/** p(z|x) on cells of several sizes.
 * @typedef {object} Refined
 * @property {number} logProb log p(x), without what does not depend on the code
 * @property {Float64Array} codes centres, two numbers each
 * @property {Float64Array} step widths
 * @property {Float64Array} logMass sums to 1
 * @property {Cells[]} levels */

/** @param {(codes: number[][]) => Float64Array} logJoint log p(x, z) in nats of each
 * @param {Float64Array} start the same at the cells of a grid, [i * side + j] at z = (axis[i], axis[j])
 * @param {number} limit they cover [-limit, limit]²
 * @param {number[] | null} seed a code around which cells are kept at first, whatever they hold
 * @returns {Refined} */
export function refineCells(logJoint, start, limit, seed) {
  const side = Math.round(Math.sqrt(start.length)), width = (2 * limit) / side;
  let cells = {
    level: 0, values: start,
    i: Int32Array.from(start, (_, k) => Math.floor(k / side)), j: Int32Array.from(start, (_, k) => k % side),
  };
  let rise = [new Float64Array(start.length), new Float64Array(start.length)]; // along each axis
  let best = -Infinity;
  const done = [];
  for (let level = 0; level <= HALVINGS; level++) {
    const step = width / 2 ** level, { values, i, j } = cells;
    for (const value of values) best = Math.max(best, value);
    const around = neighbours(cells);
    rise = rises(values, around, rise);
    const middle = seed?.map((z) => Math.floor((z + limit) / step));
    const kept = [];
    for (let k = 0; k < values.length; k++) {
      const seeded = middle && level < SEED_HALVINGS && Math.abs(i[k] - middle[0]) <= 1 && Math.abs(j[k] - middle[1]) <= 1;
      if (seeded || values[k] + rise[0][k] + rise[1][k] > best - (level ? FAR : FAR_AT_FIRST)) kept.push(k);
    }
    const rough = kept.map((k) => bend(values, around, k, best - FAR) > RESOLVED ** 2);
    const left = pick(cells, kept);
    const tooWide = level === 0 && side < FINE_SIDE && kept.length <= WIDE; // vae_core's first cells are half as wide
    const coarse = level === HALVINGS ? new Uint8Array(kept.length)
      : tooWide ? new Uint8Array(kept.length).fill(1) : unresolved(left, rough);
    const [finer, settled] = [[], []];
    for (let k = 0; k < kept.length; k++) (coarse[k] ? finer : settled).push(k);
    done.push(pick(left, settled));
    if (!finer.length) break;
    const next = { level: level + 1, i: new Int32Array(4 * finer.length), j: new Int32Array(4 * finer.length), values: new Float64Array(4 * finer.length) };
    const slopes = [new Float64Array(4 * finer.length), new Float64Array(4 * finer.length)];
    for (let n = 0; n < next.i.length; n++) {
      const k = finer[n >> 2];
      next.i[n] = 2 * left.i[k] + ((n >> 1) & 1);
      next.j[n] = 2 * left.j[k] + (n & 1);
      for (const axis of [0, 1]) slopes[axis][n] = rise[axis][kept[k]] / 2;
    }
    next.values.set(logJoint(Array.from(next.i, (place, n) => [place, next.j[n]].map((k) => (k + 0.5) * (step / 2) - limit))));
    [cells, rise] = [next, slopes];
  }
  return asMasses(done, width, limit);
}

/** The separate modes, the heaviest first: a mode is what drains uphill to the same peak, and two are one
 * unless the lower rises at least a nat above the pass between them.
 * @param {Refined} refined
 * @returns {{ z: Code, mass: number }[]} */
export function modesOf({ levels, codes, logMass }) {
  const mass = new Map(); // by the row of the peak
  let first = 0;
  for (const cells of levels) {
    const peaks = drain(cells.values, neighbours(cells));
    peaks.forEach((peak, k) => {
      mass.set(first + peak, (mass.get(first + peak) ?? 0) + Math.exp(logMass[first + k]));
    });
    first += peaks.length;
  }
  const total = [...mass.values()].reduce((a, b) => a + b, 0);
  return [...mass].map(([row, share]) => ({ z: /** @type {Code} */ ([codes[2 * row], codes[2 * row + 1]]), mass: share / total }))
    .sort((a, b) => b.mass - a.mass);
}

function pick({ level, i, j, values }, rows) {
  return { level, i: Int32Array.from(rows, (k) => i[k]), j: Int32Array.from(rows, (k) => j[k]), values: Float64Array.from(rows, (k) => values[k]) };
}

/** log p(x, z) on cells that do not overlap becomes masses. */
function asMasses(levels, width, limit) {
  const count = levels.reduce((sum, { i }) => sum + i.length, 0);
  const codes = new Float64Array(2 * count), step = new Float64Array(count), logMass = new Float64Array(count);
  let [at, best] = [0, -Infinity];
  for (const { level, i, j, values } of levels) {
    const wide = width / 2 ** level;
    for (let k = 0; k < i.length; k++, at++) {
      codes[2 * at] = (i[k] + 0.5) * wide - limit;
      codes[2 * at + 1] = (j[k] + 0.5) * wide - limit;
      step[at] = wide;
      logMass[at] = values[k] + 2 * Math.log(wide);
      best = Math.max(best, logMass[at]);
    }
  }
  const sum = logMass.reduce((total, value) => total + Math.exp(value - best), 0);
  const logProb = best + Math.log(sum);
  for (let k = 0; k < count; k++) logMass[k] -= logProb;
  return { logProb, codes, step, logMass, levels };
}

/** Row of each cell's eight neighbours, in the order of AROUND, or -1: eight numbers a cell.
 * @param {{ i: Int32Array, j: Int32Array }} cells */
function neighbours({ i, j }) {
  const n = i.length, found = new Int32Array(8 * n).fill(-1);
  let [top, bottom, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let k = 0; k < n; k++) {
    top = Math.min(top, i[k]); bottom = Math.max(bottom, i[k]);
    low = Math.min(low, j[k]); high = Math.max(high, j[k]);
  }
  if (!n) return found;
  const columns = high - low + 3, places = (bottom - top + 3) * columns;
  const name = (a, b) => (a - top + 1) * columns + b - low + 1;
  const table = places <= TABLE ? new Int32Array(places) : new Map(); // row + 1
  const set = table instanceof Map ? (place, k) => table.set(place, k) : (place, k) => { table[place] = k; };
  const get = table instanceof Map ? (place) => table.get(place) ?? 0 : (place) => table[place];
  for (let k = 0; k < n; k++) set(name(i[k], j[k]), k + 1);
  for (let k = 0; k < n; k++) {
    const own = name(i[k], j[k]);
    for (let side = 0; side < 8; side++) found[8 * k + side] = get(own + AROUND[side][0] * columns + AROUND[side][1]) - 1;
  }
  return found;
}

/** How much higher than at its centre log p(x, z) can be inside a cell, along each axis. */
function rises(values, around, before) {
  const found = [new Float64Array(values.length), new Float64Array(values.length)];
  for (let k = 0; k < values.length; k++) {
    for (const [axis, pair] of [[0, [1, 6]], [1, [3, 4]]]) {
      let most = 0;
      for (const side of /** @type {number[]} */ (pair)) {
        const row = around[8 * k + side];
        most = row < 0 ? NaN : Math.max(most, Math.abs(values[row] - values[k])); // NaN stays
      }
      found[/** @type {number} */ (axis)][k] = Number.isNaN(most) ? before[/** @type {number} */ (axis)][k] : most / 2;
    }
  }
  return found;
}

/** Curvature of log p(x, z) across a cell in the direction where it is largest. */
function bend(values, around, k, low) {
  const at = (side) => { const row = around[8 * k + side]; return row < 0 ? low : values[row]; };
  const ii = at(1) + at(6) - 2 * values[k], jj = at(3) + at(4) - 2 * values[k], ij = 0.25 * (at(0) + at(7) - at(2) - at(5));
  return Math.hypot(0.5 * (ii - jj), ij) + Math.abs(0.5 * (ii + jj));
}

/** Cells of the connected components that are rough near their top, 1 each. */
function unresolved(cells, rough) {
  const { values } = cells, n = values.length, around = neighbours(cells);
  const root = Int32Array.from({ length: n }, (_, k) => k);
  const find = (k) => { while (root[k] !== k) k = root[k] = root[root[k]]; return k; };
  for (let k = 0; k < n; k++) {
    for (let side = 0; side < 8; side++) {
      const row = around[8 * k + side];
      if (row >= 0) { const [a, b] = [find(k), find(row)]; root[Math.max(a, b)] = Math.min(a, b); }
    }
  }
  const top = new Float64Array(n).fill(-Infinity), size = new Int32Array(n);
  const mass = new Float64Array(n), roughMass = new Float64Array(n), near = new Uint8Array(n);
  for (let k = 0; k < n; k++) { const r = find(k); top[r] = Math.max(top[r], values[k]); size[r]++; }
  for (let k = 0; k < n; k++) {
    const r = find(k), share = Math.exp(values[k] - top[r]);
    mass[r] += share;
    if (!rough[k]) continue;
    roughMass[r] += share;
    if (values[k] > top[r] - NEAR) near[r] = 1;
  }
  return Uint8Array.from({ length: n }, (_, k) => {
    const r = find(k);
    return Number(near[r] && (size[r] <= WIDE || (roughMass[r] / mass[r] > SMOOTH && size[r] <= VAST)));
  });
}

/** Row of the peak that each cell belongs to. */
function drain(values, around) {
  const n = values.length;
  const up = Int32Array.from({ length: n }, (_, k) => {
    let best = k;
    for (let side = 0; side < 8; side++) {
      const row = around[8 * k + side];
      if (row >= 0 && values[row] > values[best]) best = row;
    }
    return best;
  });
  for (let k = 0; k < n; k++) { let peak = k; while (up[peak] !== peak) peak = up[peak]; up[k] = peak; }
  const passes = [];
  for (let k = 0; k < n; k++) {
    for (let side = 0; side < 8; side++) {
      const row = around[8 * k + side];
      if (row >= 0 && up[row] < up[k]) passes.push([Math.min(values[k], values[row]), up[k], up[row]]);
    }
  }
  passes.sort((a, b) => b[0] - a[0]);
  const over = Int32Array.from({ length: n }, (_, k) => k);
  const last = (peak) => { while (over[peak] !== peak) peak = over[peak]; return peak; };
  for (const [height, a, b] of passes) {
    const [low, high] = [last(a), last(b)].sort((p, q) => values[p] - values[q]);
    if (low !== high && values[low] - height < PROMINENCE) over[low] = high;
  }
  return up.map(last);
}
