// How a training goes, as curves: the bound with log p(x) beside it, distortion and rate, each with its own scale.

import { number } from "../numbers.js";
import { words } from "../words/index.js";

const say = words.train;
const WIDTH = 420, HEIGHT = 118, LEFT = 46, RIGHT = 8, TOP = 20, LOW = 20;
const MOST = 400; // points kept of a curve: of more, each second one stays
const SETTLED = 0.1; // the share of the steps, at the start, that does not count for the scale

/** @typedef {{ steps: number, bound: number | null, distortion: number, rate: number | null }} Point */

export class Curves {
  /** @type {Point[]} */ points = [];
  /** @type {{ steps: number, value: number }[]} */ exact = [];
  /** @type {{ steps: number, text: string }[]} */ marks = []; // where something was changed
  #unit;
  #every = 1; // which of the points are kept
  #told = 0;

  /** @param {string} unit of what is counted across */
  constructor(unit = say.charts.steps) { this.#unit = unit; }

  add(/** @type {Point} */ point) {
    if (this.#told++ % this.#every) return;
    this.points.push(point);
    if (this.points.length <= MOST) return;
    this.points = this.points.filter((_, k) => k % 2 === 0);
    this.#every *= 2;
  }

  /** A mark that follows another at the same step takes its place. */
  mark(steps, text) {
    if (this.marks.at(-1)?.steps === steps) this.marks.pop();
    this.marks.push({ steps, text });
  }

  /** As text for innerHTML. */
  svg() {
    const { points, exact } = this;
    if (points.length < 2) return "";
    const line = (/** @type {"bound" | "distortion" | "rate"} */ name) => points.filter((point) => point[name] !== null).map((point) => ({ steps: point.steps, value: point[name] }));
    const charts = [
      { title: exact.length ? say.charts.bound : say.charts.elbo, lines: [line("bound")], dots: exact, names: exact.length ? [say.elboLine, say.exactDots] : [] },
      { title: say.charts.distortion, lines: [line("distortion")], dots: [], names: [] },
      { title: say.charts.rate, lines: [line("rate")], dots: [], names: [] },
    ];
    return charts.filter(({ lines: [values] }) => values.length > 1).map((chart, k) => this.#chart(chart, k === 0)).join("");
  }

  #chart({ title, lines, dots, names }, named) { // named: whether the marks say what was changed
    const [values] = lines, last = this.points.at(-1).steps, settled = values.filter(({ steps }) => steps >= SETTLED * last);
    const counted = [...settled, ...dots.filter(({ steps }) => steps >= SETTLED * last)].map(({ value }) => value);
    const [low, high] = [Math.min(...counted), Math.max(...counted)], span = high - low || 1;
    const x = (steps) => LEFT + (steps / last) * (WIDTH - LEFT - RIGHT);
    const y = (value) => TOP + (1 - (value - low) / span) * (HEIGHT - TOP - LOW);
    const path = values.map(({ steps, value }) => `${x(steps).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const level = (value) => `<line class="level" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"/><text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${number(value, span < 2 ? 2 : 1)}</text>`;
    const changed = this.marks.map(({ steps, text }) => {
      const at = x(steps), late = at > WIDTH - 90;
      return `<line class="mark" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${TOP}" y2="${HEIGHT - LOW}"/>` + (!named ? "" : `<text x="${(at + (late ? -4 : 4)).toFixed(1)}" y="${TOP + 12}" text-anchor="${late ? "end" : "start"}">${text}</text>`);
    });
    const legend = names.length ? `<tspan class="line" dx="8">— ${names[0]}</tspan><tspan class="dots" dx="8">● ${names[1]}</tspan>` : "";
    return `<svg class="curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${say.chartWords(title, values[0].value, values.at(-1).value)}">`
      + `<text x="0" y="12" class="title">${title}</text>${level(low)}${level(high)}${changed.join("")}<svg x="${LEFT}" y="${TOP - 3}" width="${WIDTH - LEFT - RIGHT}" height="${HEIGHT - TOP - LOW + 6}" viewBox="${LEFT} ${TOP - 3} ${WIDTH - LEFT - RIGHT} ${HEIGHT - TOP - LOW + 6}"><polyline points="${path}"/></svg>`
      + dots.map(({ steps, value }) => `<circle cx="${x(steps).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3.5"/>`).join("")
      + `<text x="${LEFT}" y="${HEIGHT - 4}">0</text><text x="${WIDTH - RIGHT}" y="${HEIGHT - 4}" text-anchor="end">${last} ${this.#unit}</text>`
      + (legend ? `<text x="${WIDTH / 2}" y="${HEIGHT - 4}" text-anchor="middle">${legend}</text>` : "") + "</svg>";
  }
}
