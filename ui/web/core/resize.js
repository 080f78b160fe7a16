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
  const bottommost = down.first[newHeight - 1] + down.count[newHeight - 1];
  for (let y = down.first[0]; y < bottommost; y++) {
    weigh(across, values, y * width, 1, narrow, y * newWidth, 1);
  }
  const result = new Float32Array(newWidth * newHeight);
  for (let x = 0; x < newWidth; x++) weigh(down, narrow, x, newWidth, result, x, newWidth);
  return { values: result, width: newWidth, height: newHeight };
}

// The sum over each window of values that lie `step` apart, from `start`; the sums lie `apart`, from `to`.
function weigh({ first, count, weights, most }, values, start, step, sums, to, apart) {
  for (let n = 0; n < first.length; n++) {
    let sum = 0;
    for (let i = 0, place = start + first[n] * step; i < count[n]; i++, place += step) sum += weights[n * most + i] * values[place];
    sums[to + n * apart] = sum;
  }
}

// For each of `outputs` over [start, stop): the first input that counts, how many do, and the weights of
// them, from n * most.
function windows({ support, at }, length, outputs, start, stop) {
  const scale = (stop - start) / outputs;
  const stretch = Math.max(1, scale), most = Math.ceil(2 * support * stretch) + 1;
  const first = new Int32Array(outputs), count = new Int32Array(outputs), weights = new Float64Array(outputs * most);
  for (let n = 0; n < outputs; n++) {
    const middle = start + (n + 0.5) * scale;
    first[n] = Math.max(0, Math.trunc(middle - support * stretch + 0.5));
    count[n] = Math.min(length, Math.trunc(middle + support * stretch + 0.5)) - first[n];
    let total = 0;
    for (let i = 0; i < count[n]; i++) total += weights[n * most + i] = at((first[n] + i - middle + 0.5) / stretch);
    for (let i = 0; i < count[n]; i++) weights[n * most + i] /= total;
  }
  return { first, count, weights, most };
}
