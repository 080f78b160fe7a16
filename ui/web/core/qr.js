// A text as a QR code (ISO/IEC 18004:2015): bytes, with error correction at level L.

/** Of versions 1 to 20 at level L: codewords of correction in each block, and blocks (table 9). */
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];
const LEVEL = 1; // L, in the format's two bits
const MASKS = [ // section 7.8.2
  (i, j) => (i + j) % 2 === 0, (i) => i % 2 === 0, (_i, j) => j % 3 === 0, (i, j) => (i + j) % 3 === 0,
  (i, j) => ((i >> 1) + Math.floor(j / 3)) % 2 === 0, (i, j) => ((i * j) % 2) + ((i * j) % 3) === 0,
  (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2 === 0, (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2 === 0,
];

// --- arithmetic of bytes: GF(256) modulo x^8 + x^4 + x^3 + x^2 + 1 ---------------------------------
const EXP = new Uint8Array(510), LOG = new Uint8Array(256);
for (let k = 0, value = 1; k < 255; k++) {
  EXP[k] = EXP[k + 255] = value;
  LOG[value] = k;
  value = (value << 1) ^ (value & 128 ? 0x11d : 0);
}
const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);

/** The remainder of a message by (x - 1)(x - 2)(x - 4) ..., n factors (Reed and Solomon). */
function correction(message, n) {
  let divisor = [1];
  for (let k = 0; k < n; k++) {
    const next = [...divisor, 0];
    divisor.forEach((value, i) => { next[i + 1] ^= times(value, EXP[k]); });
    divisor = next;
  }
  const rest = [...message, ...new Array(n).fill(0)];
  for (let i = 0; i < message.length; i++) {
    const lead = rest[i];
    divisor.forEach((value, k) => { rest[i + k] ^= times(value, lead); });
  }
  return rest.slice(message.length);
}

/** Modules that hold data, of a version: its square without all patterns. */
function room(version) {
  const side = 4 * version + 17, marks = version > 1 ? Math.floor(version / 7) + 2 : 0;
  const aligned = marks ? 25 * (marks * marks - 3) - 10 * (marks - 2) : 0; // less what timing shares with it
  return side * side - 3 * 64 - 2 * (side - 16) - aligned - 31 - (version > 6 ? 36 : 0);
}

const codewords = (version) => Math.floor(room(version) / 8);
const capacity = (version) => codewords(version) - CORRECTION[version - 1] * BLOCKS[version - 1];

/** All codewords, the blocks woven into each other. */
function encoded(bytes, version) {
  const bits = [];
  const put = (value, n) => { for (let k = n - 1; k >= 0; k--) bits.push((value >> k) & 1); };
  put(4, 4); // bytes
  put(bytes.length, version > 9 ? 16 : 8);
  bytes.forEach((byte) => put(byte, 8));
  put(0, Math.min(4, 8 * capacity(version) - bits.length));
  while (bits.length % 8) bits.push(0);
  const data = Array.from({ length: bits.length / 8 }, (_, k) => bits.slice(8 * k, 8 * k + 8).reduce((sum, bit) => 2 * sum + bit, 0));
  for (let k = 0; data.length < capacity(version); k++) data.push(k % 2 ? 17 : 236);
  const blocks = BLOCKS[version - 1], short = Math.floor(data.length / blocks), long = data.length % blocks; // the last ones are longer
  const parts = [];
  for (let k = 0, at = 0; k < blocks; k++) {
    const n = short + (k >= blocks - long ? 1 : 0);
    parts.push(data.slice(at, at + n));
    at += n;
  }
  const woven = (rows) => Array.from({ length: Math.max(...rows.map((row) => row.length)) }, (_, i) => rows.filter((row) => i < row.length).map((row) => row[i])).flat();
  return [...woven(parts), ...woven(parts.map((part) => correction(part, CORRECTION[version - 1])))];
}

/** A number and what corrects it, the remainder by a polynomial. */
function checked(value, n, polynomial, more) {
  let rest = value << more;
  for (let k = n + more - 1; k >= more; k--) if ((rest >> k) & 1) rest ^= polynomial << (k - more);
  return (value << more) | rest;
}

/** Where alignment patterns have their middles along an axis (annex E). */
function alignments(version) {
  if (version === 1) return [];
  const side = 4 * version + 17, n = Math.floor(version / 7) + 2;
  const step = 2 * Math.ceil((side - 13) / (2 * (n - 1)));
  return [6, ...Array.from({ length: n - 1 }, (_, k) => side - 7 - step * (n - 2 - k))];
}

/** The modules of a text: rows of booleans, true where it is dark; null if it is too long.
 * @param {string} text
 * @returns {boolean[][] | null} */
export function qrCode(text) {
  const bytes = [...new TextEncoder().encode(text)];
  const version = BLOCKS.findIndex((_, k) => bytes.length + (k + 1 > 9 ? 3 : 2) <= capacity(k + 1)) + 1;
  if (!version) return null;
  const side = 4 * version + 17;
  const dark = Array.from({ length: side }, () => new Array(side).fill(false)), taken = dark.map((row) => row.slice());
  const set = (i, j, value) => { dark[i][j] = Boolean(value); taken[i][j] = true; };

  for (let k = 0; k < side; k++) { set(6, k, k % 2 === 0); set(k, 6, k % 2 === 0); } // timing
  for (const [row, column] of [[3, 3], [3, side - 4], [side - 4, 3]]) { // finders, with a light rim
    for (let i = -4; i <= 4; i++) {
      for (let j = -4; j <= 4; j++) {
        const ring = Math.max(Math.abs(i), Math.abs(j)), [y, x] = [row + i, column + j];
        if (y >= 0 && x >= 0 && y < side && x < side) set(y, x, ring !== 2 && ring !== 4);
      }
    }
  }
  const middles = alignments(version), last = middles.length - 1;
  middles.forEach((row, a) => middles.forEach((column, b) => {
    if ((!a && !b) || (!a && b === last) || (a === last && !b)) return; // there are the finders
    for (let i = -2; i <= 2; i++) for (let j = -2; j <= 2; j++) set(row + i, column + j, Math.max(Math.abs(i), Math.abs(j)) !== 1);
  }));
  const format = (mask) => {
    const bits = checked((LEVEL << 3) | mask, 5, 0x537, 10) ^ 0x5412;
    for (let k = 0; k < 15; k++) {
      const bit = (bits >> k) & 1;
      if (k < 8) set(k < 6 ? k : k + 1, 8, bit); else set(8, k < 9 ? 15 - k : 14 - k, bit);
      if (k < 8) set(8, side - 1 - k, bit); else set(side - 15 + k, 8, bit);
    }
    set(side - 8, 8, true);
  };
  format(0); // its places are taken
  if (version > 6) {
    const bits = checked(version, 6, 0x1f25, 12);
    for (let k = 0; k < 18; k++) {
      const [i, j] = [side - 11 + (k % 3), Math.floor(k / 3)], bit = (bits >> k) & 1;
      set(i, j, bit);
      set(j, i, bit);
    }
  }

  const words = encoded(bytes, version), free = [];
  for (let right = side - 1, up = true; right > 0; right -= 2, up = !up) { // two columns at a time, up and down
    if (right === 6) right--;
    for (let k = 0; k < side; k++) {
      for (const j of [right, right - 1]) { const i = up ? side - 1 - k : k; if (!taken[i][j]) free.push([i, j]); }
    }
  }
  let best = null;
  MASKS.forEach((flips, mask) => {
    free.forEach(([i, j], k) => { dark[i][j] = Boolean(((words[k >> 3] ?? 0) >> (7 - (k & 7))) & 1) !== flips(i, j); });
    format(mask);
    const cost = penalty(dark);
    if (!best || cost < best.cost) best = { cost, modules: dark.map((row) => row.slice()) };
  });
  return best.modules;
}

/** What makes a code hard to read (section 7.8.3): long runs, squares, what looks like a finder, too much of one kind. */
function penalty(dark) {
  const side = dark.length;
  let cost = 0, count = 0;
  for (const at of [(i, j) => dark[i][j], (i, j) => dark[j][i]]) {
    for (let i = 0; i < side; i++) {
      let run = 0, line = "";
      for (let j = 0; j < side; j++) {
        run = j && at(i, j) === at(i, j - 1) ? run + 1 : 1;
        if (run === 5) cost += 3; else if (run > 5) cost += 1;
        line += at(i, j) ? "1" : "0";
      }
      for (const finder of ["10111010000", "00001011101"]) for (let j = line.indexOf(finder); j >= 0; j = line.indexOf(finder, j + 1)) cost += 40;
    }
  }
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      if (dark[i][j]) count++;
      if (i && j && dark[i][j] === dark[i - 1][j] && dark[i][j] === dark[i][j - 1] && dark[i][j] === dark[i - 1][j - 1]) cost += 3;
    }
  }
  return cost + 10 * Math.floor(Math.abs((20 * count) / side ** 2 - 10));
}
