// Ink told from paper and dust, as vae_core/images.py does it (_find_ink, _without_dust, _extent).

const VERSION = new URL(import.meta.url).search;
const { RGB, findPaper, lessPaper, quantile } = await import(new URL("paper.js" + VERSION, import.meta.url));
const { BOX, resize } = await import(new URL("resize.js" + VERSION, import.meta.url));

const INK_GRID = 100;

// The page's ink without dust, and its extent; null when there is next to none.
export function findInk(page) {
  const cell = Math.ceil(Math.max(page.width, page.height) / INK_GRID);
  const columns = Math.ceil(page.width / cell), rows = Math.ceil(page.height / cell);
  const cells = resize(page, columns, rows, BOX);
  const paper = findPaper(cells);
  const amount = lessPaper(cells, paper);
  const sign = turnToInk(amount);
  if (!clearPaper(amount)) return null;
  const kept = withoutDust(amount, columns, rows);
  const values = lessPaper(page, paper); // and then 0 but in the cells that are kept
  const column = Int32Array.from({ length: page.width }, (_, x) => Math.floor(((x + 0.5) * columns) / page.width));
  for (let y = 0, i = 0; y < page.height; y++) {
    const first = Math.floor(((y + 0.5) * rows) / page.height) * columns;
    for (let x = 0; x < page.width; x++, i++) {
      if (values[i]) values[i] *= kept[first + column[x]] * sign;
    }
  }
  const half = largest(amount.map((a, i) => a * kept[i])) / 2;
  const full = quantile(above(half, values), 0.9);
  return { ...page, values, extent: extentAbove(0.3 * full, values, page) };
}

// Change the signs, if need be, so that ink is positive; return 1, or -1 if they were changed: on
// a page so full that black passes for paper, the gaps are ink, as they are for the server.
function turnToInk(amount) {
  const strongest = largest(amount.map(Math.abs));
  let balance = 0;
  for (let i = 0; i < amount.length; i++) {
    if (Math.abs(amount[i]) > strongest / 2) balance += amount[i];
  }
  if (balance >= 0) return 1;
  for (let i = 0; i < amount.length; i++) amount[i] *= -1;
  return -1;
}

// Put 0 where a cell has too little to be ink; return whether any ink is left.
function clearPaper(amount) {
  const contrast = amount.map(Math.abs);
  const strongest = largest(contrast);
  const noise = quantile(contrast, 0.1) / 0.1257;
  const least = Math.max(0.1 * strongest, Math.min(0.4 * strongest, 4 * noise));
  for (let i = 0; i < amount.length; i++) if (!(amount[i] > least)) amount[i] = 0;
  return strongest * RGB >= Math.max(0.04, Math.min(0.3, 6 * noise * RGB));
}

function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
  return most;
}

// The values over a level: filter() would take ten times as long.
export function above(level, values) {
  const chosen = new Float32Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > level) chosen[count++] = values[i];
  return chosen.subarray(0, count);
}

// 1 for cells of the connected pieces with at least 5 % of the most ink that one has, and for cells
// around them.
function withoutDust(mass, width, height) {
  const waiting = mass.map((m) => m > 0);
  const around = (cell, visit) => {
    const x = cell % width, y = Math.floor(cell / width);
    for (let i = Math.max(y - 1, 0); i <= Math.min(y + 1, height - 1); i++) {
      for (let j = Math.max(x - 1, 0); j <= Math.min(x + 1, width - 1); j++) visit(i * width + j);
    }
  };
  const pieces = [];
  for (let start = 0; start < mass.length; start++) {
    if (!waiting[start]) continue;
    const piece = { cells: [start], total: 0, inside: true };
    waiting[start] = 0;
    for (const cell of piece.cells) { // grows while it is read
      const x = cell % width, y = Math.floor(cell / width);
      piece.inside &&= x > 0 && y > 0 && x < width - 1 && y < height - 1;
      piece.total += mass[cell];
      around(cell, (other) => {
        if (waiting[other]) piece.cells.push(other);
        waiting[other] = 0;
      });
    }
    pieces.push(piece);
  }
  const heaviest = (some) => largest(some.map((piece) => piece.total));
  const inside = pieces.filter((piece) => piece.inside);
  // What touches the edge beside large pieces that do not is a frame or a shadow.
  const chosen = heaviest(inside) > 0.25 * heaviest(pieces) ? inside : pieces;
  const kept = new Uint8Array(mass.length);
  for (const { cells, total } of chosen) {
    if (total < 0.05 * heaviest(chosen)) continue;
    for (const cell of cells) around(cell, (other) => { kept[other] = 1; });
  }
  return kept;
}

function extentAbove(level, values, { width, height }) {
  let left = width, top = height, right = 0, bottom = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (values[i] <= level) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  }
  return [left, top, right, bottom];
}
