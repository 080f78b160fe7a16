// The path between two codes along which the picture changes least in all: Plane.geodesic of vae_core/geometry.py, which says why each
// step is there. A picture is its mean E[x|z], and the distance of two is √Σ (difference of a pixel)².

import { FOUR } from "./kernel.js";

const LIMIT = 4.2; // paths leave [-LIMIT, LIMIT]² only for ends that lie outside, as vae_core's
const FINE = 0.02; // of the plane: codes at most so far apart measure a length
const MOVES = [[0, 1], [1, 0], [1, 1], [1, -1], [1, 2], [1, -2], [2, 1], [2, -1]]; // each direction once
const TURNS = 60; // shortest paths that are looked for
const POINTS = 96; // of the curve that is tightened
const ITERATIONS = 12; // vae_core starts from a finer grid and takes 8
const SETTLED = 3e-4; // relative fall of the energy in an iteration that is the last
const NUDGE = 5e-4; // of the plane: derivatives are differences
const REACH = 0.1; // of the plane: what a point moves in an iteration, at most
const RARE = 6; // pixels from black to white that a nat of rarity is as far as
const LEAST_SAVING = 1e-3; // a geodesic is shorter than the straight line by this share, or is that line

/** @typedef {{ plane: import("./plane.js").Plane, rarity: ((z1: number, z2: number) => number) | null }} Surface */

/** @param {Surface} surface the plane decoded, and of a path that stays near the data their rarity, always the same for a plane
 * @param {Code} start
 * @param {Code} end
 * @param {number} steps codes on it, both ends included
 * @returns {{ codes: Code[], length: number, straightLength: number }} */
export function geodesic(surface, start, end, steps) {
  const measured = (codes) => {
    const fine = finer(codes), pieces = lengths(surface, fine);
    return { codes: fine, pieces, length: sum(pieces) };
  };
  const straight = measured([start, end]), path = rough(surface, start, end);
  // Tightening looks at POINTS codes, between which a rugged surface can make the way longer.
  let best = straight;
  for (const other of [tightened(surface, path), path].map(measured)) {
    if (other.length < (1 - LEAST_SAVING) * best.length) best = other;
  }
  return { codes: evenly(best.codes, best.pieces, steps), length: best.length, straightLength: straight.length };
}

const sum = (values) => values.reduce((a, b) => a + b, 0);

/** Where codes are on the surface: the decoded picture, and how rare they are, in one array each. */
function places({ plane, rarity }, codes) {
  const { net, label } = plane.likelihood, found = [];
  for (let first = 0; first < codes.length; first += FOUR) {
    const some = Array.from({ length: FOUR }, (_, k) => codes[Math.min(first + k, codes.length - 1)]);
    const logits = net.logitsOfFour(some, label);
    for (let k = 0; k < FOUR && first + k < codes.length; k++) {
      const place = new Float32Array(logits[k].length + (rarity ? 1 : 0));
      for (let i = 0; i < logits[k].length; i++) place[i] = 1 / (1 + Math.exp(-logits[k][i]));
      if (rarity) place[place.length - 1] = RARE * rarity(some[k][0], some[k][1]);
      found.push(place);
    }
  }
  return found;
}

function distance(a, b) {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] - b[i]) ** 2;
  return Math.sqrt(total);
}

function lengths(surface, codes) {
  const seen = places(surface, codes);
  return seen.slice(1).map((picture, k) => distance(picture, seen[k]));
}

/** The same path with codes in between, none further than FINE from the next. */
function finer(codes) {
  const found = codes.slice(0, 1);
  for (let k = 1; k < codes.length; k++) {
    const [[a1, a2], [b1, b2]] = [codes[k - 1], codes[k]];
    const pieces = Math.max(Math.ceil(Math.hypot(b1 - a1, b2 - a2) / FINE), 1);
    for (let piece = 1; piece <= pieces; piece++) found.push([a1 + ((b1 - a1) * piece) / pieces, a2 + ((b2 - a2) * piece) / pieces]);
  }
  return found;
}

/** Points on a path at equal steps of the lengths of its pieces.
 * @returns {Code[]} */
function evenly(codes, pieces, n) {
  const along = [0];
  for (const piece of pieces) along.push(along.at(-1) + piece);
  if (!(along.at(-1) > 0)) along.forEach((_, k) => { along[k] = k / (along.length - 1); });
  let at = 0;
  const found = Array.from({ length: n }, (_, k) => {
    const wanted = (along.at(-1) * k) / (n - 1);
    while (at < along.length - 2 && along[at + 1] < wanted) at++;
    const share = (wanted - along[at]) / ((along[at + 1] - along[at]) || 1);
    return /** @type {Code} */ (codes[at].map((value, axis) => value + share * (codes[at + 1][axis] - value)));
  });
  [found[0], found[n - 1]] = [codes[0], codes.at(-1)];
  return found;
}

const inside = (plane, k) => plane.code(k).every((value) => Math.abs(value) <= LIMIT);
const graphs = new WeakMap(); // distances of each cell's place to those a move away, by the rarity or, without one, the plane

function graphOf({ plane, rarity }) {
  const known = graphs.get(rarity ?? plane);
  if (known) return known;
  const { side, cells } = plane, { size } = plane.likelihood, all = plane.pictures();
  const rare = Float32Array.from({ length: rarity ? cells : 0 }, (_, k) => RARE * rarity(...plane.code(k)));
  const cost = new Float32Array(cells * MOVES.length).fill(Infinity);
  for (let k = 0; k < cells; k++) {
    const [i, j] = [Math.floor(k / side), k % side];
    for (const [move, [down, right]] of MOVES.entries()) {
      if (i + down >= side || j + right < 0 || j + right >= side || !inside(plane, k) || !inside(plane, k + down * side + right)) continue;
      const other = k + down * side + right;
      let total = rarity ? (rare[k] - rare[other]) ** 2 : 0;
      for (let p = k * size, q = other * size, end = p + size; p < end; p++, q++) total += (all[p] - all[q]) ** 2;
      cost[k * MOVES.length + move] = Math.sqrt(total);
    }
  }
  const graph = { cost, measured: new Uint8Array(cost.length) };
  graphs.set(rarity ?? plane, graph);
  return graph;
}

/** The shortest path on the cells, as POINTS codes at equal steps of length. Between two cells the picture may turn, so their distance is less
 * than the way between them: that is measured for the moves of a path alone, and then the next shortest path is looked for (LazySP: Dellin
 * and Srinivasa 2016, arXiv:1603.04500). */
function rough(surface, start, end) {
  const { plane } = surface, graph = graphOf(surface);
  const within = (z) => z.map((value) => Math.min(Math.max(value, 0.05 - LIMIT), LIMIT - 0.05));
  const [first, last] = [plane.nearestCell(within(start)), plane.nearestCell(within(end))];
  let [best, least] = [null, Infinity];
  for (let turn = 0; turn < TURNS; turn++) {
    const path = shortestPath(plane, graph, first, last);
    const fresh = measureMoves(surface, graph, path);
    const total = sum(path.moves.map((move) => graph.cost[move]));
    if (total < least) [best, least] = [path, total];
    if (!fresh) break; // it was measured before, and is still the shortest
  }
  if (best.cells.length < 3) return Array.from({ length: POINTS }, (_, k) => start.map((value, axis) => value + ((end[axis] - value) * k) / (POINTS - 1)));
  return evenly([start, ...best.cells.slice(1, -1).map((k) => plane.code(k)), end], best.moves.map((move) => graph.cost[move]), POINTS);
}

/** Measure the moves of a path that were not; true if there were any. */
function measureMoves(surface, { cost, measured }, { moves }) {
  const { plane } = surface, { side } = plane;
  const fresh = moves.filter((move) => !measured[move]);
  const parts = fresh.map((move) => {
    const k = Math.floor(move / MOVES.length), [down, right] = MOVES[move % MOVES.length];
    return finer([plane.code(k), plane.code(k + down * side + right)]);
  });
  const all = places(surface, parts.flat());
  let at = 0;
  for (const [n, move] of fresh.entries()) {
    let total = 0;
    for (let k = 1; k < parts[n].length; k++) total += distance(all[at + k], all[at + k - 1]);
    at += parts[n].length;
    cost[move] = Math.max(total, cost[move]);
    measured[move] = 1;
  }
  return fresh.length > 0;
}

/** By Dijkstra (1959): the cells, and the moves between them. */
function shortestPath({ side, cells }, { cost }, first, last) {
  const far = new Float64Array(cells).fill(Infinity), before = new Int32Array(cells).fill(-1), by = new Int32Array(cells);
  far[first] = 0;
  const heap = [[0, first]];
  while (heap.length) {
    const [away, k] = pop(heap);
    if (k === last) break;
    if (away > far[k]) continue;
    const j = k % side;
    for (const [move, [down, right]] of MOVES.entries()) {
      for (const sign of [1, -1]) {
        const other = k + sign * (down * side + right), across = j + sign * right;
        if (other < 0 || other >= cells || across < 0 || across >= side) continue;
        const edge = (sign > 0 ? k : other) * MOVES.length + move, length = away + cost[edge];
        if (length < far[other]) { far[other] = length; before[other] = k; by[other] = edge; push(heap, [length, other]); }
      }
    }
  }
  const found = { cells: [last], moves: [] };
  for (let k = last; k !== first; k = before[k]) {
    found.cells.unshift(before[k]);
    found.moves.unshift(by[k]);
  }
  return found;
}

function push(heap, item) {
  let at = heap.push(item) - 1;
  while (at) {
    const parent = (at - 1) >> 1;
    if (heap[parent][0] <= item[0]) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = item;
}

function pop(heap) {
  const top = heap[0], item = heap.pop();
  if (!heap.length) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1][0] < heap[child][0]) child++;
    if (heap[child][0] >= item[0]) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = item;
  return top;
}

/** Move the inner points to where the energy Σ |f(z_k+1) - f(z_k)|² is least, by damped Gauss-Newton steps (Levenberg 1944). */
function tightened(surface, curve) {
  const bound = [0, 1].map((axis) => [Math.min(curve[0][axis], curve.at(-1)[axis], -LIMIT), Math.max(curve[0][axis], curve.at(-1)[axis], LIMIT)]);
  let damping = 1e-3, now = pushed(surface, curve);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const moves = step(now, damping);
    const tried = curve.map((z, k) => {
      if (!k || k === curve.length - 1) return z;
      const move = [moves[2 * k - 2], moves[2 * k - 1]], shorter = Math.max(Math.hypot(move[0], move[1]) / REACH, 1);
      return z.map((value, axis) => Math.min(Math.max(value + move[axis] / shorter, bound[axis][0]), bound[axis][1]));
    });
    const next = pushed(surface, tried);
    if (next.energy > now.energy) { damping = Math.max(10 * damping, 1e-2); continue; }
    const settled = next.energy > (1 - SETTLED) * now.energy;
    [curve, now, damping] = [tried, next, damping / 5];
    if (settled) break;
  }
  return curve;
}

/** Pictures, what they change by along each axis, and the energy. */
function pushed(surface, curve) {
  const all = places(surface, curve.flatMap(([z1, z2]) => [[z1, z2], [z1 + NUDGE, z2], [z1, z2 + NUDGE]]));
  const seen = all.filter((_, k) => k % 3 === 0);
  const pushes = seen.map((picture, k) => [1, 2].map((axis) => all[3 * k + axis].map((value, i) => (value - picture[i]) / NUDGE)));
  const gaps = seen.slice(1).map((picture, k) => picture.map((value, i) => value - seen[k][i]));
  return { pushes, gaps, energy: sum(gaps.map((gap) => dot(gap, gap))) };
}

function dot(a, b) {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/** How far the inner points move: the solution of the normal equations, whose matrix has seven diagonals. */
function step({ pushes, gaps }, damping) {
  const n = 2 * (pushes.length - 2), rows = Array.from({ length: n }, () => new Float64Array(n)), right = new Float64Array(n);
  for (let k = 0; 2 * k < n; k++) {
    const own = pushes[k + 1], next = pushes[k + 2];
    for (const a of [0, 1]) {
      for (const b of [0, 1]) {
        rows[2 * k + a][2 * k + b] = 2 * dot(own[a], own[b]);
        if (2 * k + 2 < n) rows[2 * k + a][2 * k + 2 + b] = rows[2 * k + 2 + b][2 * k + a] = -dot(own[a], next[b]);
      }
      right[2 * k + a] = dot(own[a], gaps[k + 1]) - dot(own[a], gaps[k]);
    }
  }
  for (let k = 0; k < n; k++) rows[k][k] += damping * rows[k][k] + 1e-12;
  for (let k = 0; k < n; k++) { // elimination within the band
    for (let below = k + 1; below < Math.min(k + 4, n); below++) {
      const factor = rows[below][k] / rows[k][k];
      if (!factor) continue;
      for (let across = k; across < Math.min(k + 4, n); across++) rows[below][across] -= factor * rows[k][across];
      right[below] -= factor * right[k];
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let across = k + 1; across < Math.min(k + 4, n); across++) right[k] -= rows[k][across] * right[across];
    right[k] /= rows[k][k];
  }
  return right;
}
