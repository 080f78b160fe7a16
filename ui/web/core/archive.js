// Files in one: ZIP without compression (PNGs are compressed already), and NumPy's .npz, which is one.

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

export function crc32(/** @type {Uint8Array} */ bytes) {
  let value = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) value = TABLE[(value ^ bytes[i]) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}

/** @param {[string, Uint8Array][]} files names and contents; the same give the same bytes
 * @returns {Blob} */
export function zip(files) {
  const parts = [], directory = [];
  let at = 0;
  for (const [name, content] of files) {
    const title = new TextEncoder().encode(name);
    // Version 2.0, UTF-8 names, stored, 1 January 1980, then the sum, both sizes and the length of the name.
    const common = [[2, 20], [2, 0x800], [2, 0], [2, 0], [2, 33], [4, crc32(content)], [4, content.length], [4, content.length], [2, title.length], [2, 0]];
    const local = packed([[4, 0x04034b50], ...common]);
    directory.push(packed([[4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]), title);
    parts.push(local, title, content);
    at += local.length + title.length + content.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = packed([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, at], [2, 0]]);
  return new Blob([...parts, ...directory, end].map((part) => /** @type {Uint8Array<ArrayBuffer>} */ (part)), { type: "application/zip" });
}

/** An array as NumPy's .npy, version 1.0.
 * @param {Uint8Array | Float32Array | BigInt64Array | string[]} values row by row; of text, the names
 * @param {number[]} shape */
export function npy(values, shape) {
  let kind = values instanceof Float32Array ? "<f4" : values instanceof BigInt64Array ? "<i8" : "|u1";
  let content;
  if (Array.isArray(values)) { // as many letters of four bytes for each
    const length = Math.max(1, ...values.map((text) => text.length));
    kind = `<U${length}`;
    const letters = new Uint32Array(values.length * length);
    values.forEach((text, k) => [...text].forEach((letter, n) => { letters[k * length + n] = letter.codePointAt(0); }));
    content = new Uint8Array(letters.buffer);
  } else content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const about = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  const header = about.padEnd(64 * Math.ceil((about.length + 11) / 64) - 11, " ") + "\n"; // its end is at a multiple of 64
  const bytes = new Uint8Array(10 + header.length + content.length);
  bytes.set([0x93, ...[..."NUMPY"].map((letter) => letter.charCodeAt(0)), 1, 0, header.length & 255, header.length >> 8]);
  bytes.set([...header].map((letter) => letter.charCodeAt(0)), 10);
  bytes.set(content, 10 + header.length);
  return bytes;
}

/** Numbers of two and four bytes, the lowest first. */
function packed(/** @type {number[][]} */ fields) {
  const bytes = [];
  for (const [length, value] of fields) for (let k = 0; k < length; k++) bytes.push((value >>> (8 * k)) & 255);
  return Uint8Array.from(bytes);
}
