// A thing cut out of a plain background, as vae_core/thing.py does it, which says why.

import { clip, edge, extent, labelled, largest, quantile, round } from "./arrays.js";
import { LANCZOS, resize } from "./resize.js";

const PLAIN = 0.08, PLAIN_SHARE = 0.6, DUST = 0.05, DARK = 0.15, SMALLEST = 0.0001;

export function isFramedThing(planes, height, width) {
  const [plane] = planes;
  return plane.width === width && plane.height === height && !isLight(findBackground(planes));
}

// { image (H * W values, or null if there is nothing), frame }; null without a plain background.
export function cutOut(planes, gray, height, width) {
  const background = findBackground(planes);
  if (!background) return null;
  const { width: w, height: h } = gray;
  const alike = { ...gray, values: gray.values.map((_, i) => (near(planes, background, i) ? 1 : 0)) };
  const { label, count } = labelled(alike, 4);
  const inside = new Uint8Array(count + 1).fill(1);
  for (const i of edge(gray)) if (label[i]) inside[label[i]] = 0;
  const thing = withoutDust({ ...gray, values: label.map((n) => inside[n]) });
  let sum = 0, area = 0;
  for (let i = 0; i < w * h; i++) {
    if (!thing.values[i]) continue;
    sum += gray.values[i];
    area++;
  }
  if (area < SMALLEST * w * h) return { image: null };
  const turn = isLight(background) && sum / area < DARK;
  const values = gray.values.map((v, i) => (thing.values[i] ? (turn ? 1 - v : v) : 0));
  const [top, bottom, left, right] = extent(thing, (v) => v);
  const scale = Math.min(height / (bottom - top), width / (right - left));
  const high = Math.max(1, round((bottom - top) * scale)), wide = Math.max(1, round((right - left) * scale));
  const small = resize({ ...gray, values }, wide, high, LANCZOS, [left, top, right, bottom]).values;
  const image = new Float32Array(height * width);
  const row = (height - high) >> 1, column = (width - wide) >> 1;
  for (let y = 0; y < high; y++) {
    image.set(small.subarray(y * wide, (y + 1) * wide).map(clip), (row + y) * width + column);
  }
  return { image, frame: [left / w, top / h, right / w, bottom / h] };
}

const near = (planes, color, i) => planes.every(({ values }, c) => Math.abs(values[i] - color[c]) <= PLAIN);

function findBackground(planes) {
  const places = edge(planes[0]);
  const middle = planes.map(({ values }) => quantile(Float32Array.from(places, (i) => values[i]), 0.5));
  const plain = places.filter((i) => near(planes, middle, i)).length;
  return plain >= PLAIN_SHARE * places.length ? middle : null;
}

const isLight = (color) => color !== null && color.reduce((a, b) => a + b) / color.length > 0.5;

function withoutDust(mask) {
  const { label, count } = labelled(mask);
  const area = new Int32Array(count + 1);
  for (let i = 0; i < label.length; i++) if (label[i]) area[label[i]]++;
  const least = DUST * largest(area);
  return { ...mask, values: label.map((n) => (n && area[n] >= least ? 1 : 0)) };
}
