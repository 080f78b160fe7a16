// The paper beside the ink, and the lines on it: _ink_direction, _paper, _opening, _without_lines and
// _level_lines of vae_core/ink.py, which says why each step is there.

import { edge, largest, maximum, minimum, quantile, round, smallest, transposed } from "./arrays.js";

export const LINE = 1, CROSSES = 0.65; // half a line's cells; share of the page that it crosses
const TILT = 0.16, TIE = 1e-6, THICKEST = 0.25, SAME = 0.0111, FULL = 0.97, DRAWN = 0.801;

const odd = (n) => 2 * Math.trunc(n / 2) + 1;

// The direction in colour space, of length 1, from paper to ink.
export function inkDirection(cells) {
  const { width, height } = cells[0], n = width * height;
  const tones = cells.length === 1 ? tonesOfDrawing(cells[0], 1) : null; // of a drawing, as the pad's are
  if (tones) return [Math.sign(skewOfDrawing(cells[0], tones)) || 1];
  const size = odd(Math.max(width, height) / 6);
  const away = cells.map((plane) => {
    const local = mean(plane, size);
    return plane.values.map((v, i) => v - local[i]);
  });
  const contrast = new Float32Array(n);
  for (const channel of away) for (let i = 0; i < n; i++) contrast[i] += channel[i] ** 2;
  for (let i = 0; i < n; i++) contrast[i] = Math.sqrt(contrast[i]);
  const half = largest(contrast) / 2;
  const moments = away.map((a) => away.map((b) => {
    let sum = 0;
    for (let i = 0; i < n; i++) if (contrast[i] > half) sum += a[i] * b[i];
    return sum;
  }));
  const direction = leadingEigenvector(moments);
  const level = along(direction, cells), tonesAlong = tonesOfDrawing(level, cells.length);
  let skew = 0;
  if (tonesAlong) {
    skew = skewOfDrawing(level, tonesAlong);
  } else {
    const planes = away.map((values) => ({ values }));
    for (const v of along(direction, planes).values) skew += v ** 3;
  }
  return skew >= 0 ? direction : direction.map((d) => -d);
}

// Above 0 where the upper tone of a drawing is the ink: it covers less of the page, and of its edge.
function skewOfDrawing(level, { low, high }) {
  const middle = (low + high) / 2;
  let upper = 0;
  for (let i = 0; i < level.values.length; i++) if (level.values[i] > middle) upper++;
  const places = edge(level);
  const outer = places.filter((i) => level.values[i] > middle).length;
  return 1.5 - (2 * upper) / level.values.length - outer / places.length;
}

// The level of planes of colours along a direction.
export function along(direction, planes) {
  const values = new Float32Array(planes[0].values.length);
  planes.forEach((plane, c) => {
    for (let i = 0; i < values.length; i++) values[i] += direction[c] * plane.values[i];
  });
  return { ...planes[0], values };
}

// By squaring the matrix again and again: then every column points there.
function leadingEigenvector(matrix) {
  let power = matrix;
  for (let turn = 0; turn < 30; turn++) {
    const size = Math.max(...power.flat().map(Math.abs));
    if (!size) return matrix.map((_, i) => (i ? 0 : 1));
    const scaled = power.map((row) => row.map((v) => v / size));
    power = scaled.map((row) => scaled.map((_, j) => row.reduce((sum, v, k) => sum + v * scaled[k][j], 0)));
  }
  const columns = power.map((_, j) => power.map((row) => row[j]));
  const best = columns.reduce((a, b) => (Math.hypot(...b) > Math.hypot(...a) ? b : a));
  return best.map((v) => v / Math.hypot(...best));
}

// The mean within squares; at the edge the page is mirrored.
function mean(plane, size) {
  const across = meanAcross(plane, size);
  return transposed(meanAcross(transposed(across), size)).values;
}

function mirrored(x, length) {
  const place = ((x % (2 * length)) + 2 * length) % (2 * length);
  return place < length ? place : 2 * length - 1 - place;
}

function meanAcross({ values, width, height }, size) {
  const result = new Float32Array(values.length), reach = (size - 1) / 2;
  for (let y = 0; y < height; y++) {
    const at = (x) => values[y * width + mirrored(x, width)];
    let sum = 0;
    for (let x = -reach; x <= reach; x++) sum += at(x);
    for (let x = 0; x < width; x++) {
      result[y * width + x] = sum / size;
      sum += at(x + reach + 1) - at(x - reach);
    }
  }
  return { values: result, width, height };
}

// Black and white, or white and black, of a drawing: nearly all cells are at one of these levels.
// Null for other pictures.
function tonesOfDrawing({ values }, channels) {
  const high = largest(values), low = smallest(values);
  if (!(high - low > FULL * Math.sqrt(channels))) return null;
  let extreme = 0;
  for (let i = 0; i < values.length; i++) if (values[i] - low < SAME || high - values[i] < SAME) extreme++;
  return extreme > DRAWN * values.length ? { low, high } : null;
}

// What the cells would be without ink, and the standard deviation of their noise.
export function findPaper(level, channels) {
  const { values } = level, tones = tonesOfDrawing(level, channels);
  if (tones) return { paper: { ...level, values: new Float32Array(values.length).fill(tones.low), even: true }, noise: 0 };
  const paper = opening(level, odd(THICKEST * Math.max(level.width, level.height)));
  const difference = values.map((v, i) => v - paper.values[i]);
  const low = quantile(difference.slice(), 0.1), middle = quantile(difference, 0.5);
  paper.values = paper.values.map((v) => v + middle);
  return { paper, noise: (middle - low) / 1.2816 };
}

// Without what is brighter than its surroundings and narrower than `size`.
function opening({ values, width, height }, size) {
  const beyond = (size - 1) / 2, wide = width + 2 * beyond, high = height + 2 * beyond;
  const padded = { values: new Float32Array(wide * high), width: wide, height: high };
  for (let y = 0, i = 0; y < high; y++) {
    const row = Math.min(Math.max(y - beyond, 0), height - 1) * width;
    for (let x = 0; x < wide; x++, i++) {
      padded.values[i] = values[row + Math.min(Math.max(x - beyond, 0), width - 1)];
    }
  }
  const opened = maximum(minimum(padded, size, size), size, size).values;
  const result = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    const start = (y + beyond) * wide + beyond;
    result.set(opened.subarray(start, start + width), y * width);
  }
  return { values: result, width, height };
}

// Ink without the lines that run across the page, and whether there are any.
export function withoutLines(excess, least, share) {
  const { width, height } = excess, none = { cleaned: excess, lines: false };
  const [across, down] = [mayCross(excess, width, 1, least, share), mayCross(excess, height, width, least, share)];
  if (!across && !down) return none;
  const level = across ? levelLines(excess, least, share) : new Uint8Array(width * height);
  const { values: upright } = transposed({
    values: down ? levelLines(transposed(excess), least, share) : new Uint8Array(width * height), width: height, height: width,
  });
  const lines = level.some((v) => v) || upright.some((v) => v);
  if (!lines) return none;
  const free = { ...excess, values: excess.values.map((v, i) => (level[i] || upright[i] ? 0 : v)) };
  const side = 2 * LINE + 3;
  const above = maximum(free, 1, side).values, beside = maximum(free, side, 1).values;
  const around = maximum(free, side, side).values;
  const values = excess.values.map((v, i) => {
    if (!level[i] && !upright[i]) return v;
    return Math.min(v, (level[i] ? (upright[i] ? around : above) : beside)[i]);
  });
  return { cleaned: { ...excess, values }, lines };
}

// Whether thin ink lies in enough of the columns (of which there are `count`, `step` apart) for a line to
// cross them: of a drawing it hardly ever does.
function mayCross({ values, width, height }, count, step, least, share) {
  const along = step === 1 ? width : 1, length = (width * height) / count; // of a column
  let inked = 0;
  for (let n = 0; n < count; n++) {
    let thin = false;
    for (let k = 0, place = n * step; k < length && !thin;) {
      const start = k;
      while (k < length && values[place] > least) { k++; place += along; }
      if (k > start) thin = k - start < 2 * LINE + 2;
      else {
        thin = values[place] > 0.999 * least; // which single precision may round to a half below
        k++;
        place += along;
      }
    }
    if (thin) inked++;
  }
  return inked > (share * count) / 2;
}

function levelLines({ values, width, height }, least, share) {
  const steepest = Math.trunc(TILT * width), high = height + 2 * steepest, above = steepest * width;
  const thick = new Uint8Array(width * high), weight = new Float32Array(width * high);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height;) {
      const start = y;
      while (y < height && values[y * width + x] > least) y++;
      if (y - start >= 2 * LINE + 2) {
        for (let row = start; row < y; row++) thick[above + row * width + x] = 1;
      }
      y = Math.max(y, start + 1);
    }
  }
  for (let i = 0; i < values.length; i++) {
    if (!thick[above + i]) weight[above + i] = Math.min(1, Math.max(0, values[i] / (2 * least)));
  }
  const inked = maximum({ values: weight.map((v) => (v >= 0.5 ? 1 : 0)), width, height: high }, 1, 3).values;
  const columns = new Uint8Array(width);
  for (let i = 0; i < inked.length; i++) if (inked[i]) columns[i % width] = 1;
  const most = columns.reduce((a, b) => a + b); // that a line can cover
  if (most <= (share * width) / 2) return new Uint8Array(values.length);
  const best = new Float64Array(height), slope = new Int32Array(height);
  const path = new Int32Array(width);
  const follow = (rise) => {
    for (let x = 0; x < width; x++) path[x] = round(rise * ((x + 0.5) / width - 0.5)) + steepest;
  };
  for (let rise = -steepest; rise <= steepest; rise++) {
    follow(rise);
    for (let row = 0; row < height; row++) {
      let shown = width, covered = 0, along = 0;
      for (let x = 0; x < width; x++) {
        const i = (row + path[x]) * width + x;
        shown -= thick[i];
        covered += inked[i];
        along += weight[i];
      }
      if (!(shown > width / 2) || covered < share * shown || !(along / shown > best[row] + TIE)) continue;
      best[row] = along / shown;
      slope[row] = rise;
    }
  }
  const cells = new Uint8Array(width * high);
  for (let row = 0; row < height; row++) {
    if (!(best[row] > 0) || largest(best.subarray(Math.max(row - 2, 0), row + 3)) - TIE > best[row]) continue;
    follow(slope[row]);
    for (let x = 0; x < width; x++) {
      for (let off = -LINE; off <= LINE; off++) {
        cells[Math.min(Math.max(row + path[x] + off, 0), high - 1) * width + x] = 1;
      }
    }
  }
  return cells.slice(above, above + values.length);
}
