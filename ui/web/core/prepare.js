// What vae_core.images.examine does, done in the browser; images.py says why each step is there.
// A plane is { values, width, height }; a frame is [left, top, right, bottom] in shares.

import { clip, quantile, round } from "./arrays.js";
import { isFramedInk, takeInk } from "./ink.js";
import { LANCZOS, resize } from "./resize.js";
import { cutOut, isFramedThing } from "./thing.js";

const WORKING_PIXELS = 400_000, MIN_SIDE = 4, WHOLE = /** @type {Frame} */ ([0, 0, 1, 1]);

// Pixels (RGBA, a byte each) of an upright picture, a model's { shape: [C, H, W], preparation:
// "ink", "photo" or "thing" } and, if only a part is to be looked at, a crop become
// { image (C * H * W values in [0, 1], channel by channel), frame, groups, doubt }; null when a
// page shows no ink and no thing, or a crop holds too few pixels.
export function prepare(pixels, width, height, { shape: [channels, h, w], preparation }, crop = WHOLE) {
  const whole = readGray(pixels, width, height) ?? onPaper(readPlanes(pixels, width, height));
  const page = { width: whole[0].width, height: whole[0].height };
  const [left, right] = [crop[0], crop[2]].map((share) => round(share * page.width));
  const [top, bottom] = [crop[1], crop[3]].map((share) => round(share * page.height));
  if (Math.min(right - left, bottom - top) < MIN_SIDE) return null;
  const planes = asGray(whole.map((plane) => cut(plane, left, top, right, bottom)));
  const taken = take(planes, page, preparation, channels, h, w);
  if (!taken) return null;
  const image = new Float32Array(channels * h * w);
  for (let c = 0; c < channels; c++) image.set(taken.images[c % taken.images.length], c * h * w);
  const onPage = (/** @type {Frame} */ [l, t, r, b]) => /** @type {Frame} */ ([
    (left + l * (right - left)) / page.width, (top + t * (bottom - top)) / page.height,
    (left + r * (right - left)) / page.width, (top + b * (bottom - top)) / page.height,
  ]);
  return { image, frame: onPage(/** @type {Frame} */ (taken.frame)), groups: taken.groups.map(onPage), doubt: taken.doubt };
}

function take(planes, page, preparation, channels, height, width) {
  const alone = { frame: WHOLE, groups: [], doubt: "" };
  if (preparation === "ink") {
    if (isFramedInk(planes, height, width)) return { ...alone, images: [planes[0].values] };
    const ink = takeInk(planes, page, height, width);
    return ink && { ...ink, images: [ink.image] };
  }
  if (preparation === "thing" && !isFramedThing(planes, height, width)) {
    const thing = cutOut(planes, luma(planes), height, width);
    if (thing) return thing.image && { ...alone, images: [thing.image], frame: thing.frame };
  }
  return { ...alone, ...framePhoto(channels === 1 ? [luma(planes)] : planes, width, height) };
}

// The one plane of a small, opaque picture in grey, as the draw pad's are; null for others.
function readGray(pixels, width, height) {
  if (width * height > WORKING_PIXELS) return null;
  const values = new Float32Array(width * height).fill(1);
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, values.length);
  for (let i = 0, p = 0; i < values.length; i++, p += 4) {
    if (words[i] === 0xffffffff) continue; // white, as most of a drawing
    const level = pixels[p];
    if (pixels[p + 1] !== level || pixels[p + 2] !== level || pixels[p + 3] !== 255) return null;
    values[i] = level / 255;
  }
  return [{ values, width, height }];
}

// Planes of red, green, blue and opacity, averaged down to at most WORKING_PIXELS.
function readPlanes(pixels, width, height) {
  const factor = Math.max(1, Math.ceil(Math.sqrt((width * height) / WORKING_PIXELS)));
  const wide = Math.ceil(width / factor), high = Math.ceil(height / factor);
  const planes = Array.from({ length: 4 }, () =>
    ({ values: new Float32Array(wide * high), width: wide, height: high }));
  const counted = new Float32Array(wide * high);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const place = Math.floor(y / factor) * wide + Math.floor(x / factor), alpha = pixels[i + 3];
      for (let c = 0; c < 3; c++) planes[c].values[place] += pixels[i + c] * alpha;
      planes[3].values[place] += alpha;
      counted[place]++;
    }
  }
  for (let i = 0; i < counted.length; i++) {
    const alpha = planes[3].values[i];
    for (let c = 0; c < 3; c++) planes[c].values[i] /= 255 * (alpha || 1);
    planes[3].values[i] = alpha / (255 * counted[i]);
  }
  return planes;
}

// Transparent pictures lie on paper that shows their strokes.
function onPaper(planes) {
  const [red, green, blue, { values: alpha }] = planes;
  const colors = [red, green, blue];
  const most = alpha.reduce((a, b) => Math.max(a, b));
  if (alpha.every((a) => a === 1)) return colors;
  const opaque = luma(colors).values.filter((_, i) => alpha[i] > most / 2);
  const paper = opaque.length && quantile(opaque, 0.01) > 0.5 ? 0 : 1;
  return colors.map((plane) =>
    ({ ...plane, values: plane.values.map((v, i) => v * alpha[i] + paper * (1 - alpha[i])) }));
}

// Three equal planes are one.
function asGray(planes) {
  const [red, green, blue] = planes;
  if (!green) return [red];
  const { values: g } = green, { values: b } = blue;
  return red.values.every((r, i) => r === g[i] && r === b[i]) ? [red] : [red, green, blue];
}

function luma(planes) {
  const [red, green, blue] = asGray(planes);
  if (!green) return red;
  return { ...red, values: red.values.map((r, i) => 0.299 * r + 0.587 * green.values[i] + 0.114 * blue.values[i]) };
}

function cut(plane, left, top, right, bottom) {
  const width = right - left, height = bottom - top;
  if (width === plane.width && height === plane.height) return plane;
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * plane.width + left;
    values.set(plane.values.subarray(start, start + width), y * width);
  }
  return { values, width, height };
}

// The largest centred part of the right proportions.
function framePhoto(planes, width, height) {
  const { width: w, height: h } = planes[0];
  if (w === width && h === height) return { images: planes.map((plane) => plane.values) };
  const scale = Math.min(w / width, h / height);
  const left = (w - width * scale) / 2, top = (h - height * scale) / 2;
  const box = [left, top, left + width * scale, top + height * scale];
  const images = planes.map((plane) => resize(plane, width, height, LANCZOS, box).values.map(clip));
  return { images, frame: [box[0] / w, box[1] / h, box[2] / w, box[3] / h] };
}
