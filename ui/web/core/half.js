// Numbers in half precision (IEEE 754-2008, binary16), which browsers' arrays have had since 2025 only.

let halves = null; // the value of each of the 65,536 numbers

/** @param {Uint16Array} raw
 * @returns {Float32Array} */
export function fromHalf(raw) {
  halves ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const [exponent, fraction] = [(bits >> 10) & 31, (bits & 1023) / 1024];
    const size = exponent === 31 ? (fraction ? NaN : Infinity)
      : exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction;
    return bits >> 15 ? -size : size;
  });
  const values = new Float32Array(raw.length); // filled by hand: Float32Array.from takes 0.2 s for a decoder
  for (let i = 0; i < raw.length; i++) values[i] = halves[raw[i]];
  return values;
}

/** The nearest numbers in half precision; what is too large becomes the largest.
 * @param {Float32Array} values
 * @returns {Uint16Array} */
export function toHalf(values) {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const found = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const sign = (bits[i] >>> 16) & 0x8000, size = bits[i] & 0x7fffffff;
    if (size >= 0x477ff000) found[i] = sign | 0x7bff; // 65,520 and more
    else if (size >= 0x38800000) { // normal: rounded to even
      found[i] = sign | ((size - 0x38000000 + 0xfff + ((size >> 13) & 1)) >> 13);
    } else { // in steps of 2^-24
      found[i] = sign | Math.round(Math.abs(values[i]) * 2 ** 24);
    }
  }
  return found;
}
