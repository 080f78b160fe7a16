// Small charts, as SVG: text for innerHTML.

import { number } from "../numbers.js";

const BARS = 60;

/** How often values occur, and where one more lies among them.
 * @param {ArrayLike<number>} values
 * @param {number} marker beyond their range it stands at the edge
 * @param {{ words: string, title: string, x: string, y: string }} say the same in words, for those who cannot see it; the title, and the axes' names */
export function histogram(values, marker, { words, title, x: across, y: up }) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) { low = Math.min(low, values[i]); high = Math.max(high, values[i]); }
  const counts = new Array(BARS).fill(0);
  const share = (/** @type {number} */ value) => (value - low) / ((high - low) || 1);
  for (let i = 0; i < values.length; i++) counts[Math.min(Math.floor(share(values[i]) * BARS), BARS - 1)]++;
  const top = Math.max(...counts, 1);
  const [wide, floor, tallest] = [5 * BARS, 112, 70];
  const tall = (/** @type {number} */ count) => (tallest * count) / top;
  const bars = counts.map((count, k) => `<rect x="${5 * k}" y="${(floor - tall(count)).toFixed(1)}" width="4" height="${tall(count).toFixed(1)}"/>`);
  const at = (Math.min(Math.max(share(marker), 0), 1) * wide).toFixed(1);
  return `<figure><figcaption>${title}</figcaption><svg class="histogram" viewBox="-48 0 ${wide + 56} 152" role="img" aria-label="${words}"><g class="bars">${bars.join("")}</g>`
    + `<path class="marker" d="M${at} ${floor - tallest - 12}V${floor}"/><text x="-48" y="14">${up}</text>`
    + `<text x="-6" y="${floor - tallest + 5}" text-anchor="end">${top}</text><text x="-6" y="${floor}" text-anchor="end">0</text>`
    + `<text x="0" y="${floor + 16}">${number(low, 0)}</text><text x="${wide}" y="${floor + 16}" text-anchor="end">${number(high, 0)}</text>`
    + `<text x="${wide / 2}" y="${floor + 34}" text-anchor="middle">${across}</text></svg></figure>`;
}

/** Shares as curves over k = 1, 2, …: the first is drawn solid, others dashed.
 * @param {Record<string, ArrayLike<number>>} curves the name of each and its shares, all as many
 * @param {{ words: string, x: string, y: string }} say what is shown, and the axes' names */
export function shares(curves, { words, x: across, y: up }) {
  const [width, height, left, right, bottom] = [420, 190, 44, 70, 40];
  const all = Object.values(curves).flatMap((curve) => [...Array.from(curve)]);
  const low = Math.floor(10 * Math.min(...all)) / 10, high = Math.ceil(10 * Math.max(...all)) / 10;
  const last = Object.values(curves)[0].length;
  const x = (/** @type {number} */ k) => left + ((k - 1) / Math.max(last - 1, 1)) * (width - left - right);
  const y = (/** @type {number} */ share) => 20 + ((high - share) / ((high - low) || 1)) * (height - bottom - 20);
  const lines = Object.entries(curves).map(([name, curve], which) => {
    const points = Array.from(curve, (share, k) => `${x(k + 1).toFixed(1)},${y(share).toFixed(1)}`).join(" ");
    return `<polyline points="${points}" ${which ? 'stroke-dasharray="5 4"' : ""}/><text x="${x(last) + 5}" y="${y(curve[last - 1]) + 4}">${name}</text>`;
  });
  const levels = Array.from({ length: 3 }, (_, k) => low + (k / 2) * (high - low));
  const ticks = [...new Set([1, ...Array.from({ length: Math.floor(last / 10) }, (_, k) => 10 * (k + 1)), last])];
  return `<svg class="curves" viewBox="0 0 ${width} ${height}" role="img" aria-label="${words}">`
    + `<text x="0" y="12">${up}</text><text x="${width - right}" y="${height - 4}" text-anchor="end">${across}</text>`
    + levels.map((share) => `<line x1="${left}" x2="${width - right}" y1="${y(share)}" y2="${y(share)}"/><text x="${left - 6}" y="${y(share) + 4}" text-anchor="end">${number(100 * share, 0)} %</text>`).join("")
    + ticks.map((k) => `<text x="${x(k)}" y="${height - bottom + 16}" text-anchor="middle">${k}</text>`).join("") + lines.join("") + "</svg>";
}
