// Pillow's Image.resize, for planes { values, width, height } of floats.

// How much an input counts at a distance from the output's centre; nothing beyond the support.
export const BOX = { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };
export const BILINEAR = { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) };
export const LANCZOS = { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) };
const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

// The part `box` ([left, top, right, bottom]) of a plane in a new size: first along the rows, then
// along the columns.
export function resize(plane, newWidth, newHeight, filter, box = null) {
  const { values, width, height } = plane;
  const [left, top, right, bottom] = box ?? [0, 0, width, height];
  const across = windows(filter, width, newWidth, left, right);
  const down = windows(filter, height, newHeight, top, bottom);
  const narrow = new Float32Array(newWidth * height);
  const bottommost = down.at(-1).first + down.at(-1).weights.length;
  for (let y = down[0].first; y < bottommost; y++) {
    for (let x = 0; x < newWidth; x++) {
      narrow[y * newWidth + x] = weighted(across[x], values, y * width, 1);
    }
  }
  const result = new Float32Array(newWidth * newHeight);
  for (let y = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++) {
      result[y * newWidth + x] = weighted(down[y], narrow, x, newWidth);
    }
  }
  return { values: result, width: newWidth, height: newHeight };
}

// The sum over a window of values that lie `step` apart.
function weighted({ first, weights }, values, start, step) {
  let sum = 0;
  for (let i = 0, place = start + first * step; i < weights.length; i++, place += step) {
    sum += weights[i] * values[place];
  }
  return sum;
}

// For each of `count` outputs over [start, stop): the first input that counts, and the weights of
// it and those after it.
function windows({ support, at }, length, count, start, stop) {
  const scale = (stop - start) / count;
  const stretch = Math.max(1, scale);
  return Array.from({ length: count }, (_, point) => {
    const middle = start + (point + 0.5) * scale;
    const first = Math.max(0, Math.trunc(middle - support * stretch + 0.5));
    const end = Math.min(length, Math.trunc(middle + support * stretch + 0.5));
    const weights = new Float64Array(end - first);
    for (let i = 0; i < weights.length; i++) weights[i] = at((first + i - middle + 0.5) / stretch);
    const total = weights.reduce((a, b) => a + b);
    return { first, weights: weights.map((weight) => weight / total) };
  });
}
