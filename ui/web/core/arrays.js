// What numpy and scipy.ndimage do for vae_core/ink.py. A plane is { values, width, height }.

export const clip = (v) => Math.min(1, Math.max(0, v));

// Halves go to the even neighbour, as in Python.
export function round(v) {
  const nearest = Math.round(v);
  return nearest - v === 0.5 && nearest % 2 ? nearest - 1 : nearest;
}

export function largest(values) {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
  return most;
}

export function smallest(values) {
  let least = Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] < least) least = values[i];
  return least;
}

// The values over a level: filter() would take ten times as long.
export function above(level, values) {
  const chosen = new Float32Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > level) chosen[count++] = values[i];
  return chosen.subarray(0, count);
}

// As numpy's, between neighbours in proportion; puts the values into another order.
export function quantile(values, q) {
  const place = q * (values.length - 1), below = Math.floor(place);
  select(values, below);
  if (place === below) return values[below];
  let next = Infinity;
  for (let i = below + 1; i < values.length; i++) if (values[i] < next) next = values[i];
  return values[below] + (next - values[below]) * (place - below);
}

// Hoare's FIND: values[n] becomes what sorting would put there, with nothing larger before it.
function select(values, n) {
  for (let low = 0, high = values.length - 1; low < high;) {
    const pivot = values[n];
    let i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const swapped = values[i];
      values[i++] = values[j];
      values[j--] = swapped;
    }
    if (j < n) low = i;
    if (n < i) high = j;
  }
}

// The largest value within windows of odd width and height; beyond the edge there is nothing.
export function maximum({ values, width, height }, across, down) {
  if (across === 3 && down === 3) return maximumOfNine({ values, width, height }); // by far the commonest
  const result = values.slice(), longest = Math.max(width, height);
  const line = new Float32Array(longest), queue = new Int32Array(longest);
  if (across > 1) {
    for (let y = 0; y < height; y++) slide(result, y * width, 1, width, (across - 1) / 2, line, queue);
  }
  if (down > 1) {
    for (let x = 0; x < width; x++) slide(result, x, width, height, (down - 1) / 2, line, queue);
  }
  return { values: result, width, height };
}

function maximumOfNine({ values, width, height }) {
  const rows = new values.constructor(values.length), result = new values.constructor(values.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let most = values[i];
      if (x > 0 && values[i - 1] > most) most = values[i - 1];
      if (x < width - 1 && values[i + 1] > most) most = values[i + 1];
      rows[i] = most;
    }
  }
  for (let i = 0; i < rows.length; i++) {
    let most = rows[i];
    if (i >= width && rows[i - width] > most) most = rows[i - width];
    if (i + width < rows.length && rows[i + width] > most) most = rows[i + width];
    result[i] = most;
  }
  return { values: result, width, height };
}

export function minimum(plane, across, down) {
  const negative = { ...plane, values: new Float32Array(plane.values.length) };
  for (let i = 0; i < negative.values.length; i++) negative.values[i] = -plane.values[i];
  const result = maximum(negative, across, down);
  for (let i = 0; i < result.values.length; i++) result.values[i] *= -1;
  return result;
}

// In place, along a line of values that lie `step` apart. The queue holds the places of ever
// smaller values: the first is the largest within reach.
function slide(values, start, step, length, reach, line, queue) {
  for (let i = 0; i < length; i++) line[i] = values[start + i * step];
  let first = 0, last = 0;
  for (let i = 0; i < length + reach; i++) {
    if (i < length) {
      while (last > first && line[queue[last - 1]] <= line[i]) last--;
      queue[last++] = i;
    }
    const middle = i - reach;
    if (middle < 0) continue;
    while (queue[first] < middle - reach) first++;
    values[start + middle * step] = line[queue[first]];
  }
}

// The part of a plane within a box [top, bottom, left, right], and so many places around it.
export function part({ values, width, height }, box, around) {
  const [top, left] = [box[0], box[2]].map((place) => Math.max(place - around, 0));
  const bottom = Math.min(box[1] + around, height), right = Math.min(box[3] + around, width);
  const result = new values.constructor((bottom - top) * (right - left));
  for (let y = top, at = 0; y < bottom; y++, at += right - left) {
    result.set(values.subarray(y * width + left, y * width + right), at);
  }
  return { values: result, width: right - left, height: bottom - top };
}

export function transposed({ values, width, height }) {
  const result = new values.constructor(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) result[x * height + y] = values[y * width + x];
  }
  return { values: result, width: height, height: width };
}

// The connected pieces of a mask, of 8 neighbours each or of 4: the number of its piece for every
// place, from 1, in the order of their first places; 0 outside.
export function labelled({ values, width, height }, neighbours = 8) {
  const label = new Int32Array(values.length), waiting = new Int32Array(values.length);
  let count = 0;
  for (let start = 0; start < values.length; start++) {
    if (!values[start] || label[start]) continue;
    label[start] = ++count;
    let left = 0;
    waiting[left++] = start;
    while (left) {
      const place = waiting[--left], x = place % width;
      const below = place + width < width * height ? width : 0, beside = x < width - 1 ? 1 : 0;
      for (let row = place < width ? 0 : -width; row <= below; row += width) {
        for (let step = x ? -1 : 0; step <= beside; step++) {
          const other = place + row + step;
          if (!values[other] || label[other] || (neighbours === 4 && row && step)) continue;
          label[other] = count;
          waiting[left++] = other;
        }
      }
    }
  }
  return { label, count };
}

// [top, bottom, left, right], ends exclusive, of the places that pass; null if none does. Outside some
// rows none may.
export function extent({ values, width, height }, passes, [first, beyond] = [0, height]) {
  let top = height, bottom = 0, left = width, right = 0;
  for (let y = first, i = first * width; y < beyond; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!passes(values[i], i)) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  }
  return bottom ? /** @type {[number, number, number, number]} */ ([top, bottom, left, right]) : null;
}

// The places of the outermost pixels.
export function edge({ width, height }) {
  const places = [];
  for (let x = 0; x < width; x++) places.push(x, (height - 1) * width + x);
  for (let y = 1; y < height - 1; y++) places.push(y * width, y * width + width - 1);
  return places;
}
