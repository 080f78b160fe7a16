// Bayes' rule for one picture, on a plane that is decoded: Grid.refine and complete of vae_core/exact/.

import { logPrior } from "./likelihood.js";
import { LIMIT } from "./plane.js";
import { random } from "./random.js";
import { modesOf, refineCells } from "./refine.js";

const SEPARATE = 0.05; // share of the mass that a mode needs to be told
const FAINTEST = -6; // nats below the densest cell: what a map does not show
const WITHIN = 3; // deviations of q
const TRIES = 16; // codes of which a sample is picked
const MOST = 1e-4; // of the mass, in its lightest cells, does not count in a mean picture

/** p(z|what is known of a picture).
 * @param {import("./plane.js").Plane} plane
 * @param {ArrayLike<number>} pixels C * H * W
 * @param {Uint8Array | null} known 1 where a pixel is
 * @param {number[] | null} seed a code to look around at first, as the encoder's mean */
export function infer(plane, pixels, known, seed) {
  const { likelihood } = plane;
  const logJoint = (codes) => likelihood.logJoint(pixels, known, codes);
  const refined = refineCells(logJoint, plane.logJoint(pixels, known), LIMIT, seed);
  return { ...refined, logProb: refined.logProb + likelihood.constant(pixels, known) };
}

/** What a map shows of a posterior, and its modes.
 * @param {import("./refine.js").Refined} refined
 * @param {{ mean: number[], std: number[] | null } | null} q */
export function summary(refined, q) {
  const { codes, step, logMass } = refined;
  const density = logMass.map((value, k) => value - 2 * Math.log(step[k]));
  const most = density.reduce((a, b) => Math.max(a, b));
  const cells = [];
  let near = q?.std ? 0 : NaN;
  for (let k = 0; k < step.length; k++) {
    const [z1, z2] = [codes[2 * k], codes[2 * k + 1]];
    if (density[k] - most > FAINTEST) cells.push(/** @type {[number, number, number, number]} */ ([z1, z2, step[k], density[k] - most]));
    if (!q?.std) continue;
    // A cell that is wider than q counts if q lies in it.
    const away = [z1, z2].reduce((sum, z, axis) => sum + ((z - q.mean[axis]) / (WITHIN * q.std[axis] + step[k] / 2)) ** 2, 0);
    if (away <= 1) near += Math.exp(logMass[k]);
  }
  return { logProb: refined.logProb, modes: modesOf(refined).filter(({ mass }) => mass > SEPARATE), cells, near };
}

/** What a picture may be where it is hidden; under a plane with noise, what it was without.
 * @param {import("./plane.js").Plane} plane
 * @param {ArrayLike<number>} pixels
 * @param {Uint8Array} known 1 where a pixel is
 * @param {number[] | null} seed
 * @param {number} samples
 * @param {number} from of the random numbers */
export function complete(plane, pixels, known, seed, samples, from) {
  const { likelihood } = plane, { noise, size } = likelihood;
  const refined = infer(plane, pixels, known, seed), { codes, step, logMass } = refined;
  const mean = new Float64Array(size);
  const order = Array.from(logMass.keys()).sort((a, b) => logMass[b] - logMass[a]);
  let total = 0;
  const heavy = order.slice(0, 1 + order.findIndex((k) => (total += Math.exp(logMass[k])) >= 1 - MOST) || order.length);
  total = heavy.reduce((sum, k) => sum + Math.exp(logMass[k]), 0);
  for (const k of heavy) {
    const [z1, z2] = [codes[2 * k], codes[2 * k + 1]];
    const weights = plane.cell(z1, z2, step[k]) ?? likelihood.weights(z1, z2);
    likelihood.addExpected(weights, pixels, known, Math.exp(logMass[k]) / total, mean);
  }
  if (!noise) for (let i = 0; i < size; i++) if (known[i]) mean[i] = pixels[i];

  // A code anywhere in a cell, the cell by its mass; then one of TRIES such codes by the density there over that
  // of its cell (sampling-importance-resampling: Rubin 1987).
  const chance = random(from), upTo = cumulative(logMass.map(Math.exp));
  const drawn = Array.from({ length: samples }, () => {
    const rows = Array.from({ length: TRIES }, () => place(upTo, chance.uniform()));
    const tried = rows.map((k) => /** @type {Code} */ ([0, 1].map((axis) => codes[2 * k + axis] + (chance.uniform() - 0.5) * step[k])));
    const weights = likelihood.logJoint(pixels, known, tried).map((joint, n) => joint - logMass[rows[n]] + 2 * Math.log(step[rows[n]]));
    const most = Math.max(...weights);
    return tried[place(cumulative(weights.map((weight) => Math.exp(weight - most))), chance.uniform())];
  });
  const [area, information] = bits(refined);
  return {
    mean: Float32Array.from(mean), codes: drawn,
    samples: drawn.map(([z1, z2]) => Float32Array.from(likelihood.net.decode(z1, z2, likelihood.label))),
    entropyBits: area, informationBits: information, ...summary(refined, null),
  };
}

/** Differential entropy -∫ p log2 p dz, and KL(p(z|x) || p(z)), both in bits. */
function bits({ codes, step, logMass }) {
  let [entropy, information] = [0, 0];
  for (let k = 0; k < step.length; k++) {
    const mass = Math.exp(logMass[k]), density = logMass[k] - 2 * Math.log(step[k]);
    entropy -= mass * density;
    information += mass * (density - logPrior(codes[2 * k], codes[2 * k + 1]));
  }
  return [entropy / Math.LN2, information / Math.LN2];
}

/** @param {ArrayLike<number>} masses */
function cumulative(masses) {
  const sums = new Float64Array(masses.length);
  for (let k = 0, sum = 0; k < sums.length; k++) sums[k] = sum += masses[k];
  return sums;
}

/** Where a share of the last of cumulative sums falls. */
function place(sums, share) {
  const wanted = share * sums[sums.length - 1];
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
