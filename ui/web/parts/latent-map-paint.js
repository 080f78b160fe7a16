// How a latent map looks: everything that draws on its canvases.

// Ten colours told apart in every common colour vision: chosen by annealing to make the smallest
// difference large, without and with the three dichromacies (tests/unit/test_colours.py measures).
const COLOURS = [
  "#0f9aff", "#f39433", "#921868", "#64e3ad", "#4921b2",
  "#6c5500", "#f0495e", "#d8df13", "#4f4cff", "#995dab",
];
const IN_THE_DARK = [ // the same where they are bright enough there
  "#0f9aff", "#f39433", "#eab4da", "#64e3ad", "#afb4fa",
  "#a5660a", "#f0495e", "#d8df13", "#5960ff", "#995dab",
];
const QUIET = "#7f90a8"; // where there are no classes
// Dark blue to yellow, brightness rising evenly, so that it reads the same in grey.
const RAMP = [[24, 30, 110], [70, 80, 140], [115, 120, 130], [175, 160, 95], [250, 225, 60]];
const SIGMAS = [1, 2, 3]; // of the prior
const OPACITY = 200; // of a point, of 255
const LINE = 15; // pixels between the middles of names above each other
const NUDGES = [0, 0.5, 1, 2, 3, 4].flatMap((lines) => [-LINE * lines, LINE * lines]);
const FAINTEST = -6; // nats below the highest place of a density: what is not shown

export const HOME = { x: 0, y: 0, span: 9 }; // centre and width of the view, in units of the axes

/** Whether the page's present look is. */
export const isDark = () => getComputedStyle(document.querySelector(".lab") ?? document.body).colorScheme === "dark";

/** The ten colours in that look. */
export const palette = () => (isDark() ? IN_THE_DARK : COLOURS);

/** Call back when the look changes: light, dark. */
export function onLook(/** @type {() => void} */ callback) {
  new MutationObserver(callback).observe(document.documentElement, { attributeFilter: ["class"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
}

// A colour for each point: by a figure between its 2 % and 98 % quantiles, or without one by the
// class or group it is of, if those have names.
/** @returns {{ colours: Uint32Array, low?: number, high?: number }} */
export function colouring(part, named, values) {
  const colours = new Uint32Array(part.length);
  if (!values) {
    const packed = (named ? palette() : [QUIET]).map((hex) => pack(parse(hex)));
    colours.forEach((_, i) => { colours[i] = packed[part[i] % packed.length]; });
    return { colours };
  }
  const sorted = values.slice().sort();
  const low = sorted[Math.floor(0.02 * sorted.length)];
  const high = sorted[Math.floor(0.98 * sorted.length)];
  const steps = Array.from({ length: 256 }, (_, k) => pack(ramp(k / 255)));
  colours.forEach((_, i) => {
    const share = (values[i] - low) / (high - low || 1);
    colours[i] = steps[Math.round(255 * Math.min(Math.max(share, 0), 1))];
  });
  return { colours, low, high };
}

const parse = (hex) => /** @type {RGB} */ ([1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16)));
const pack = ([r, g, b]) => (OPACITY << 24 | b << 16 | g << 8 | r) >>> 0;

/** @typedef {[number, number, number]} RGB */

export function ramp(share) { // of a share from 0 to 1
  const place = Math.min(Math.max(share, 0), 0.9999) * (RAMP.length - 1);
  const [a, b] = [RAMP[Math.floor(place)], RAMP[Math.floor(place) + 1]];
  return /** @type {RGB} */ (a.map((value, k) => Math.round(value + (b[k] - value) * (place % 1))));
}

// A canvas and the part of the plane it shows; coordinates are CSS pixels from its top left.
export class Sheet {
  ink = ""; // the colours of what is drawn and of what is behind it, from the page's style
  paper = "";
  /** @type {{ x: number, y: number, half: number }[]} */ names = []; // that are written, and half their width
  /** @type {{ x: number, y: number, span: number }} */ view = HOME;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
  }

  start(view) { // false if there is nothing to draw on: its tab is not open
    this.view = view;
    this.names = [];
    this.side = this.canvas.clientWidth;
    this.ratio = window.devicePixelRatio || 1;
    const pixels = Math.round(this.side * this.ratio);
    if (!pixels) return false;
    if (this.canvas.height !== pixels) this.canvas.width = this.canvas.height = pixels; // at first 300 by 150
    this.pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.pen.clearRect(0, 0, this.side, this.side);
    const style = getComputedStyle(this.canvas.parentElement);
    [this.ink, this.paper] = [style.color, style.backgroundColor];
    return true;
  }

  x(z1) { return ((z1 - this.view.x) / this.view.span + 0.5) * this.side; }
  y(z2) { return (0.5 - (z2 - this.view.y) / this.view.span) * this.side; }
  length(dz) { return dz / this.view.span * this.side; }

  // A picture of another view, moved to where it belongs in this one.
  picture(source, { x, y, span }, opacity = 1, smooth = true) {
    this.pen.globalAlpha = opacity;
    this.pen.imageSmoothingEnabled = smooth;
    this.pen.drawImage(source, this.x(x - span / 2), this.y(y + span / 2), this.length(span), this.length(span));
    this.pen.globalAlpha = 1;
  }

  axes(prior) {
    const { pen } = this;
    Object.assign(pen, { strokeStyle: this.ink, lineWidth: 1, globalAlpha: 0.3 });
    if (prior) for (const sigma of SIGMAS) this.ellipse([0, 0], [sigma, sigma]); // N(0, I)
    this.line([[-99, 0], [99, 0]]);
    this.line([[0, -99], [0, 99]]);
    pen.globalAlpha = 1;
  }

  axisNames(prior) {
    const { side } = this;
    this.pen.font = "12px sans-serif";
    if (prior) for (const sigma of SIGMAS) this.write(`${sigma}σ`, this.x(sigma) + 3, this.y(0) - 4);
    this.write("z1", side - 20, Math.min(Math.max(this.y(0) + 15, 15), side - 6));
    this.write("z2", Math.min(Math.max(this.x(0) + 5, 5), side - 20), 15);
  }

  scale() { // how long a round length is
    const round = 10 ** Math.floor(Math.log10(this.view.span / 2));
    const length = [5, 2, 1].map((k) => k * round).find((dz) => dz <= this.view.span / 2);
    const [left, low] = [this.view.x - 0.46 * this.view.span, this.view.y - 0.45 * this.view.span];
    this.halo(2, () => this.line([[left, low], [left + length, low]]));
    this.pen.font = "12px sans-serif";
    this.write(String(Number(length.toPrecision(1))), this.x(left), this.y(low) - 6);
  }

  name([z1, z2], text) { // of a class, in the middle of its codes, or a little above or below if another name is there
    this.pen.font = "bold 15px system-ui, sans-serif";
    const x = this.x(z1), half = this.pen.measureText(text).width / 2 + 1;
    const free = (/** @type {number} */ y) => this.names.every((one) => Math.abs(one.x - x) >= one.half + half || Math.abs(one.y - y) >= LINE);
    const y = this.y(z2) + (NUDGES.find((nudge) => free(this.y(z2) + nudge)) ?? 0);
    this.names.push({ x, y, half });
    this.pen.textAlign = "center";
    this.write(text, x, y + 5);
    this.pen.textAlign = "left";
  }

  // Straight into the pixels: 70,000 calls of fillRect would take five times as long as a frame.
  points(mean, part, colours, hidden, large = 1.5) {
    const size = this.canvas.width;
    if (this.image?.width !== size) {
      this.image = this.pen.createImageData(size, size);
      this.words = new Uint32Array(this.image.data.buffer);
    }
    const { words, view } = this;
    words.fill(0);
    const radius = this.ratio * Math.min(large * Math.sqrt(HOME.span / view.span), 6);
    const half = disc(radius); // of each row, how far it reaches
    const reach = (half.length - 1) / 2;
    const scale = size / view.span;
    const [left, top] = [size / 2 - view.x * scale, size / 2 + view.y * scale];
    for (let i = 0; i < part.length; i++) {
      if (hidden.has(part[i])) continue;
      const x = Math.round(left + mean[2 * i] * scale);
      const y = Math.round(top - mean[2 * i + 1] * scale);
      if (x < reach || y < reach || x >= size - reach || y >= size - reach) continue;
      for (let row = -reach; row <= reach; row++) {
        const middle = (y + row) * size + x;
        const wide = half[row + reach];
        for (let at = middle - wide; at <= middle + wide; at++) words[at] = colours[i];
      }
    }
    this.pen.putImageData(this.image, 0, 0);
  }

  path(curve, steps = curve, dashes = []) { // a line through codes, with a dot at each step; hollow on a dashed one
    this.halo(2, () => this.line(curve), dashes);
    for (const z of steps) {
      this.dot(z, 3);
      if (dashes.length) this.dot(z, 1.8, this.paper);
    }
  }

  dot([z1, z2], radius, colour = this.ink) {
    this.pen.fillStyle = colour;
    this.pen.beginPath();
    this.pen.arc(this.x(z1), this.y(z2), radius, 0, 7);
    this.pen.fill();
  }

  sample(z) { // a code that was drawn at random
    this.dot(z, 4);
    Object.assign(this.pen, { strokeStyle: this.paper, lineWidth: 1.5 });
    this.pen.stroke();
  }

  handle([z1, z2], name = "") { // something that can be taken and moved
    const { pen } = this;
    pen.beginPath();
    pen.arc(this.x(z1), this.y(z2), 9, 0, 7);
    Object.assign(pen, { fillStyle: this.paper, globalAlpha: 0.55 });
    pen.fill();
    pen.globalAlpha = 1;
    this.halo(2.5, () => pen.stroke());
    this.dot([z1, z2], 2);
    pen.font = "bold 16px sans-serif";
    if (name) this.write(name, this.x(z1) + 11, this.y(z2) - 9);
  }

  posterior(mean, std) {
    this.halo(1.5, () => { for (const k of [1, 2]) this.ellipse(mean, std.map((s) => k * s)); });
    const edge = this.length(2 * Math.max(...std));
    this.cross(mean, edge + 5, edge + 16); // ticks around it: it may be a few pixels wide
  }

  // A density on cells [z1, z2, width, nats below the highest]: its shade falls to nothing at FAINTEST.
  density(cells) {
    if (this.dense?.cells !== cells || this.dense.ink !== this.ink) {
      const widths = [...new Set(cells.map(([, , width]) => width))];
      const pictures = widths.map((width) => shades(cells.filter((cell) => cell[2] === width), this.ink));
      this.dense = { cells, ink: this.ink, pictures };
    }
    Object.assign(this.pen, { imageSmoothingEnabled: true, imageSmoothingQuality: "high" });
    for (const { canvas, left, top, width, height } of this.dense.pictures) {
      this.pen.drawImage(canvas, this.x(left), this.y(top), this.length(width), this.length(height));
    }
  }

  share([z1, z2], share) { // of the mass that a mode holds
    this.halo(1.5, () => {
      this.pen.beginPath();
      this.pen.arc(this.x(z1), this.y(z2), 8, 0, 7);
      this.pen.stroke();
    });
    this.pen.font = "bold 13px sans-serif";
    this.write(`${Math.round(100 * share)} %`, this.x(z1) + 11, this.y(z2) + 16);
  }

  cross([z1, z2], from, to) {
    const [x, y] = [this.x(z1), this.y(z2)];
    this.halo(2, () => {
      this.pen.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        this.pen.moveTo(x + from * dx, y + from * dy);
        this.pen.lineTo(x + to * dx, y + to * dy);
      }
      this.pen.stroke();
    });
  }

  halo(width, draw, dashes = []) { // so that a line shows on the points
    Object.assign(this.pen, { strokeStyle: this.paper, lineWidth: width + 3 });
    draw();
    Object.assign(this.pen, { strokeStyle: this.ink, lineWidth: width });
    this.pen.setLineDash(dashes);
    draw();
    this.pen.setLineDash([]);
  }

  write(text, x, y) {
    Object.assign(this.pen, { lineWidth: 4, strokeStyle: this.paper, fillStyle: this.ink });
    this.pen.strokeText(text, x, y);
    this.pen.fillText(text, x, y);
  }

  ellipse([z1, z2], [r1, r2]) {
    this.pen.beginPath();
    this.pen.ellipse(this.x(z1), this.y(z2), this.length(r1), this.length(r2), 0, 0, 7);
    this.pen.stroke();
  }

  line(path) {
    this.pen.beginPath();
    for (const [z1, z2] of path) this.pen.lineTo(this.x(z1), this.y(z2));
    this.pen.stroke();
  }
}

// Cells of one width as a picture, a pixel for each, and where it belongs: smoothed as it is drawn.
function shades(cells, ink) {
  const step = cells[0][2];
  const [xs, ys] = [0, 1].map((axis) => cells.map((cell) => cell[axis]));
  const [left, top] = [xs.reduce((a, b) => Math.min(a, b)) - 1.5 * step, ys.reduce((a, b) => Math.max(a, b)) + 1.5 * step];
  const columns = Math.round((xs.reduce((a, b) => Math.max(a, b)) - left) / step + 1.5);
  const rows = Math.round((top - ys.reduce((a, b) => Math.min(a, b))) / step + 1.5);
  const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const pen = canvas.getContext("2d");
  pen.fillStyle = ink;
  for (const [z1, z2, , nats] of cells) {
    pen.globalAlpha = 0.85 * Math.max(1 - nats / FAINTEST, 0);
    pen.fillRect(Math.round((z1 - left) / step - 0.5), Math.round((top - z2) / step - 0.5), 1, 1);
  }
  return { canvas, left, top, width: columns * step, height: rows * step };
}

function disc(radius) {
  const reach = Math.max(Math.round(radius - 0.5), 0);
  return Array.from({ length: 2 * reach + 1 }, (_, k) => {
    return Math.floor(Math.sqrt(Math.max(radius ** 2 - (k - reach) ** 2, 0)));
  });
}

/** A layer as a picture of span x span.
 * @param {import("./latent-map.js").Field} field */
export function fieldPicture({ values, side, classes }) {
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(side, side);
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) [low, high] = [Math.min(low, values[i]), Math.max(high, values[i])];
  const shades = palette().map(parse);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    const shade = classes ? shades[values[i] % shades.length] : ramp((values[i] - low) / (high - low || 1));
    image.data.set([...shade, 255], 4 * i);
  }
  pen.putImageData(image, 0, 0);
  return { canvas, low, high };
}

/** Where a class's name stands: at the median of its codes, if it has any.
 * @param {import("../core/encodings.js").Encodings} points
 * @param {string[]} classes */
export function medians({ mean, label }, classes) {
  const own = classes.map(() => /** @type {number[]} */ ([]));
  label.forEach((k, i) => own[k]?.push(i));
  return classes.map((name, k) => {
    const middle = (/** @type {number} */ axis) => Float32Array.from(own[k], (i) => mean[2 * i + axis]).sort()[own[k].length >> 1];
    return { name, z: own[k].length ? /** @type {Code} */ ([middle(0), middle(1)]) : null };
  });
}
