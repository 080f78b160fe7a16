// An animation as a GIF (version 89a), which every picture viewer opens.

const MOST_CODES = 4096;

/** @param {ImageData[]} frames all of one size
 * @param {number} delay between two, in hundredths of a second
 * @returns {Blob} */
export function gif(frames, delay) {
  const { width, height } = frames[0];
  const grey = frames.every(({ data }) => { for (let i = 0; i < data.length; i += 4) if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false; return true; });
  const bytes = [..."GIF89a"].map((letter) => letter.charCodeAt(0));
  const short = (value) => bytes.push(value & 255, value >> 8);
  short(width);
  short(height);
  bytes.push(0xf7, 0, 0); // a palette of 256 colours: greys, or 8 x 8 x 4 levels of red, green and blue
  for (let k = 0; k < 256; k++) {
    if (grey) bytes.push(k, k, k);
    else bytes.push(Math.round(((k >> 5) * 255) / 7), Math.round((((k >> 2) & 7) * 255) / 7), (k & 3) * 85);
  }
  bytes.push(0x21, 0xff, 11, ...[..."NETSCAPE2.0"].map((letter) => letter.charCodeAt(0)), 3, 1, 0, 0, 0); // without end
  for (const { data } of frames) {
    bytes.push(0x21, 0xf9, 4, 0);
    short(delay);
    bytes.push(0, 0, 0x2c, 0, 0, 0, 0);
    short(width);
    short(height);
    bytes.push(0, 8);
    const indices = Uint8Array.from({ length: width * height }, (_, i) => (grey ? data[4 * i]
      : (Math.round((data[4 * i] * 7) / 255) << 5) | (Math.round((data[4 * i + 1] * 7) / 255) << 2) | Math.round(data[4 * i + 2] / 85)));
    const packed = compressed(indices);
    for (let at = 0; at < packed.length; at += 255) {
      const part = packed.slice(at, at + 255);
      bytes.push(part.length, ...part);
    }
    bytes.push(0);
  }
  bytes.push(0x3b);
  return new Blob([Uint8Array.from(bytes)], { type: "image/gif" });
}

/** LZW, as GIF has it (Welch 1984), of bytes. */
function compressed(indices) {
  const [clear, end] = [256, 257];
  const bytes = [];
  let [bits, room, size] = [0, 0, 9];
  const write = (code) => {
    bits |= code << room;
    for (room += size; room >= 8; room -= 8, bits >>>= 8) bytes.push(bits & 255);
  };
  let known = new Map(), next = end + 1;
  write(clear);
  let before = indices[0];
  for (let i = 1; i < indices.length; i++) {
    const pair = (before << 8) | indices[i];
    if (known.has(pair)) { before = known.get(pair); continue; }
    write(before);
    if (next < MOST_CODES) {
      known.set(pair, next);
      if (next === 1 << size) size++;
      next++;
    } else {
      write(clear);
      [known, next, size] = [new Map(), end + 1, 9];
    }
    before = indices[i];
  }
  write(before);
  write(end);
  if (room) bytes.push(bits & 255);
  return bytes;
}
