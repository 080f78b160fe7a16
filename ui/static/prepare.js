// What vae_core.images.prepare does on the server, done in the browser to a page of the draw pad:
// black strokes on opaque white, and at most 400,000 pixels of them. images.py says why each step
// is there; the names are the same.
// A plane is { values, width, height }; a box is [left, top, right, bottom], ends exclusive.

const VERSION = new URL(import.meta.url).search;
const { findInk, above } = await import(new URL("ink.js" + VERSION, import.meta.url));
const { quantile } = await import(new URL("paper.js" + VERSION, import.meta.url));
const { BOX, LANCZOS, resize } = await import(new URL("resize.js" + VERSION, import.meta.url));

const INK_BOX = 20 / 28;

// The ImageData of a page and a model's { shape: [C, H, W], preparation: "ink" or "photo" } become
// C * H * W values in [0, 1], channel by channel; or null when nothing is drawn.
export function prepareDrawing(image, { shape: [channels, height, width], preparation }) {
  const page = readInk(image);
  const framed = page && (preparation === "photo" ? framePhoto : frameInk)(page, width, height);
  if (!framed) return null;
  const pixels = new Float32Array(channels * height * width);
  for (let c = 0; c < channels; c++) pixels.set(framed, c * height * width);
  return pixels;
}

// 0 where the page is white, 1 where it is black; null when it is white all over.
function readInk({ data, width, height }) {
  const values = new Float32Array(width * height);
  let drawn = false;
  for (let i = 0; i < values.length; i++) {
    const level = data[4 * i]; // red, as good as any
    if (level === 255) continue;
    values[i] = (255 - level) / 255;
    drawn = true;
  }
  return drawn ? { values, width, height } : null;
}

function framePhoto(page, width, height) {
  const scale = Math.min(page.width / width, page.height / height);
  const left = (page.width - width * scale) / 2, top = (page.height - height * scale) / 2;
  const box = [left, top, left + width * scale, top + height * scale];
  return resize(page, width, height, LANCZOS, box).values.map((ink) => clip(1 - ink));
}

function frameInk(page, width, height) {
  const found = findInk(page);
  if (!found) return null;
  const [left, top, right, bottom] = found.extent;
  const longest = Math.round(INK_BOX * Math.min(width, height));
  const scale = longest / Math.max(bottom - top, right - left);
  const w = Math.max(1, round((right - left) * scale));
  const h = Math.max(1, round((bottom - top) * scale));
  const small = resize(found, w, h, BOX, found.extent);
  small.values = atFullStrength(small.values);
  const [x, y] = center(small);
  const column = Math.min(Math.max(0, round((width >> 1) - x)), width - w);
  const row = Math.min(Math.max(0, round((height >> 1) - y)), height - h);
  const framed = new Float32Array(width * height);
  for (let i = 0; i < h; i++) {
    framed.set(small.values.subarray(i * w, (i + 1) * w), (row + i) * width + column);
  }
  return framed;
}

function atFullStrength(values) {
  const most = values.reduce((a, b) => Math.max(a, b));
  const full = quantile(above(0.1 * most, values), 0.8);
  return values.map((v) => (v < 0.02 * most ? 0 : clip(v / full)));
}

// Centre of mass: [column, row].
function center({ values, width }) {
  let total = 0, x = 0, y = 0;
  values.forEach((v, i) => {
    total += v;
    x += v * (i % width);
    y += v * Math.floor(i / width);
  });
  return [x, y].map((sum) => Math.round((100 * sum) / total) / 100); // noise does not decide a tie
}

const clip = (v) => Math.min(1, Math.max(0, v));

// Halves go to the even neighbour, as in Python.
function round(v) {
  const nearest = Math.round(v);
  return nearest - v === 0.5 && nearest % 2 ? nearest - 1 : nearest;
}
