// The paper of a page: white, unless the strokes are so many that vae_core/images.py would take
// something else for it. Its least squares (_fit_paper) then are done here too, for one channel.

export const RGB = Math.sqrt(3); // images.py measures in RGB: this many times what grey gives
const WHITE = [0, 0, 0, 0, 0, 0];

// A plane { values, width, height } of ink, 0 where the page is white
// -> the paper's six coefficients of a quadratic in row and column.
export function findPaper(plane) {
  const margin = Math.max(1, Math.floor(Math.min(plane.width, plane.height) / 12));
  // With white in the majority, the least squares give white to about 0.0002.
  if (isWhite(plane, margin) && isWhite(plane, Infinity)) return WHITE;
  return fitPaper(plane, places(plane, margin), places(plane, Infinity));
}

function isWhite(plane, margin) {
  let balance = 0;
  visit(plane, margin, (i) => { balance += plane.values[i] === 0 ? 1 : -1; });
  return balance > 0;
}

function fitPaper(plane, border, everywhere) {
  let paper = [quantile(pick(plane.values, border), 0.5), 0, 0, 0, 0, 0];
  for (let turn = 0; turn < 10; turn++) {
    const [part, used] = turn < 5 ? [border, 3] : [everywhere, 6];
    const distance = lessPaper(plane, paper).map(Math.abs);
    const spread = Math.max(2 / 255 / RGB, 2 * quantile(pick(distance, part), 0.4));
    const weight = (i) => 1 / squared(1 + squared(distance[i] / spread));
    paper = leastSquares(plane, part, weight, used);
  }
  return paper;
}

const squared = (v) => v * v;

function pick(values, part) {
  const picked = new Float32Array(part.length);
  for (let i = 0; i < part.length; i++) picked[i] = values[part[i]];
  return picked;
}

function places(plane, margin) {
  const found = [];
  visit(plane, margin, (i) => found.push(i));
  return found;
}

// The indices of what lies less than a margin from an edge.
function visit({ width, height }, margin, call) {
  for (let row = 0; row < height; row++) {
    const inside = row >= margin && row < height - margin;
    for (let column = 0; column < width; column++) {
      if (inside && column === margin) column = width - margin;
      call(row * width + column);
    }
  }
}

// A plane less its paper.
export function lessPaper({ values, width, height }, paper) {
  if (paper === WHITE) return values.slice();
  const [p, py, px, pyy, pxx, pyx] = paper;
  const result = new Float32Array(values.length);
  for (let row = 0, i = 0; row < height; row++) {
    const y = (2 * row) / (height - 1) - 1;
    const atRow = p + py * y + pyy * y * y, slope = px + pyx * y;
    for (let column = 0; column < width; column++, i++) {
      const x = (2 * column) / (width - 1) - 1;
      result[i] = values[i] - (atRow + (slope + pxx * x) * x);
    }
  }
  return result;
}

// The first `used` coefficients, the others 0, by Gauss and Jordan's elimination.
function leastSquares({ values, width, height }, part, weight, used) {
  const rows = Array.from({ length: used }, () => new Float64Array(used + 1));
  const terms = new Float64Array(6);
  terms[0] = 1;
  for (const i of part) {
    const y = (2 * Math.floor(i / width)) / (height - 1) - 1;
    const x = (2 * (i % width)) / (width - 1) - 1;
    terms[1] = y;
    terms[2] = x;
    terms[3] = y * y;
    terms[4] = x * x;
    terms[5] = y * x;
    const w = weight(i);
    for (let j = 0; j < used; j++) {
      const row = rows[j], weighted = w * terms[j];
      for (let k = j; k < used; k++) row[k] += weighted * terms[k];
      row[used] += weighted * values[i];
    }
  }
  rows.forEach((row, j) => {
    row[j] += 1e-4;
    for (let k = 0; k < j; k++) row[k] = rows[k][j];
  });
  rows.forEach((row, j) => {
    for (const other of rows) {
      const share = other === row ? 0 : other[j] / row[j];
      for (let k = j; k <= used; k++) other[k] -= share * row[k];
    }
  });
  return WHITE.map((_, j) => (j < used ? rows[j][used] / rows[j][j] : 0));
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
