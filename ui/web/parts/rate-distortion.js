// Models as points: the rate of their codes across, the distortion up, both in nats.

import { number } from "../numbers.js";
import { words } from "../words/index.js";

const say = words.compare;
const WIDTH = 420, HEIGHT = 260, LEFT = 52, BOTTOM = 38, RIGHT = 70;

/** Text for innerHTML; names are of models, which hold letters, digits, "-" and "_" alone.
 * @param {{ name: string, rate: number | null, distortion: number }[]} points a rate of null is without bound, so it is at the right
 * @param {string[]} marked names to stress */
export function rateDistortion(points, marked) {
  const across = span(points.flatMap(({ rate }) => (rate === null ? [] : [rate])), 2), up = span(points.map(({ distortion }) => distortion), 6);
  const [wide, high] = [WIDTH - LEFT - RIGHT, HEIGHT - BOTTOM - 20];
  const x = (/** @type {number} */ rate) => LEFT + (wide * (rate - across[0])) / (across[1] - across[0]);
  const y = (/** @type {number} */ distortion) => 20 + high * (1 - (distortion - up[0]) / (up[1] - up[0]));
  const drawn = points.map(({ name, rate, distortion }) => {
    const [x1, x2] = across, level = rate === null ? "" // where the ELBO is the same
      : `<path class="level" d="M${x(x1).toFixed(1)} ${y(rate + distortion - x1).toFixed(1)}L${x(x2).toFixed(1)} ${y(rate + distortion - x2).toFixed(1)}"/>`;
    const at = rate === null ? LEFT + wide + 16 : x(rate), kind = marked.includes(name) ? "marked" : "";
    const text = rate === null ? say.withoutRate(name) : name;
    return `${level}<circle class="${kind}" cx="${at.toFixed(1)}" cy="${y(distortion).toFixed(1)}" r="5"/>`
      + `<text class="${kind}" x="${Math.min(at + 8, WIDTH - 8.8 * text.length).toFixed(1)}" y="${(y(distortion) + (rate === null ? 18 : -8)).toFixed(1)}">${text}</text>`;
  });
  const ticks = across.map((value) => `<text x="${x(value).toFixed(1)}" y="${HEIGHT - 20}" text-anchor="middle">${number(value, 0)}</text>`)
    .concat(up.map((value) => `<text x="${LEFT - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${number(value, 0)}</text>`));
  return `<svg class="rate-distortion" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${say.plotLabel(points)}">`
    + `<path class="axes" d="M${LEFT} 12V${HEIGHT - BOTTOM}H${WIDTH - RIGHT + 30}"/>`
    + `<svg x="${LEFT}" width="${WIDTH - LEFT}" height="${HEIGHT - BOTTOM}" viewBox="${LEFT} 0 ${WIDTH - LEFT} ${HEIGHT - BOTTOM}">${drawn.join("")}</svg>`
    + `${ticks.join("")}<text x="${WIDTH - RIGHT}" y="${HEIGHT - 4}" text-anchor="end">${say.rateAxis}</text><text x="${LEFT + 6}" y="12">${say.distortionAxis}</text></svg>`;
}

/** Whole numbers around values, at least so far apart. */
function span(values, least) {
  const [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 0];
  const half = Math.max(0.7 * (high - low), least / 2), middle = (low + high) / 2;
  return [Math.floor(middle - half), Math.ceil(middle + half)];
}
