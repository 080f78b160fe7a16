// The class that most of the nearest test codes have, everywhere on the plane: knn_regions of vae_core/features.py.

import { SLICE, breathe } from "./tiles.js";

const BUCKETS = 100; // along each axis, of the codes
export const SIDE = 192; // cells of the layer, along each axis

/** One label for each cell of a view of `span`, row by row from the top; null if `wanted` says that nobody waits any more.
 * @param {import("./encodings.js").Encodings} points
 * @param {number} k neighbours asked
 * @param {number} span
 * @param {() => boolean} wanted
 * @returns {Promise<Uint8Array | null>} */
export async function regions({ mean, label }, k, span, wanted) {
  const n = label.length, width = span / BUCKETS;
  const place = (value) => Math.min(Math.max(Math.floor((value + span / 2) / width), 0), BUCKETS - 1);
  const buckets = Array.from({ length: BUCKETS * BUCKETS }, () => []);
  for (let i = 0; i < n; i++) buckets[place(mean[2 * i]) * BUCKETS + place(mean[2 * i + 1])].push(i);
  const found = new Uint8Array(SIDE * SIDE), votes = new Int32Array(256);
  let start = performance.now();
  for (let cell = 0; cell < found.length; cell++) {
    const z1 = ((cell % SIDE) + 0.5) * (span / SIDE) - span / 2, z2 = span / 2 - (Math.floor(cell / SIDE) + 0.5) * (span / SIDE);
    votes.fill(0);
    for (const i of nearest(z1, z2)) votes[label[i]]++;
    found[cell] = votes.indexOf(Math.max(...votes));
    if (performance.now() - start < SLICE) continue;
    await breathe();
    if (!wanted()) return null;
    start = performance.now();
  }
  return found;

  function nearest(z1, z2) { // rings of buckets, until none that is left can be nearer
    const [a, b] = [place(z1), place(z2)];
    const kept = []; // [distance, index], sorted
    for (let ring = 0; ring < BUCKETS; ring++) {
      if (kept.length === k && kept[k - 1][0] <= ((ring - 1) * width) ** 2) break;
      for (let i = a - ring; i <= a + ring; i++) {
        if (i < 0 || i >= BUCKETS) continue;
        const across = Math.abs(i - a) === ring ? 1 : 2 * ring || 1; // the whole side, or both ends
        for (let j = b - ring; j <= b + ring; j += across) {
          if (j < 0 || j >= BUCKETS) continue;
          for (const index of buckets[i * BUCKETS + j]) {
            const away = (mean[2 * index] - z1) ** 2 + (mean[2 * index + 1] - z2) ** 2;
            if (kept.length === k && away >= kept[k - 1][0]) continue;
            if (kept.length === k) kept.pop();
            let at = kept.length;
            while (at && kept[at - 1][0] > away) at--;
            kept.splice(at, 0, [away, index]);
          }
        }
      }
    }
    return kept.map(([, index]) => index);
  }
}
