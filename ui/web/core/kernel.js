// y = W x + b, what a forward pass spends its time on: kernel.wat where the browser has SIMD (all have since
// 2023), a plain loop elsewhere. Both work on one memory, in which the numbers of a network lie once.

// tests/unit/test_kernel.py says what kernel.wat gives, if it is something else.
const ASSEMBLED = "AGFzbQEAAAABDwJgAXsBfWAGf39/f39/AAIQAQRwYWdlBm1lbW9yeQIAAQMEAwABAQcbAgZsaW5lYXIAAQ5saW5lYXJfb2ZfZm91" +
  "cgACCq4HAxkAIAD9HwAgAP0fAZIgAP0fAiAA/R8DkpILxwICBH8FeyAFQQJ0IQYgAiAGaiEHIAMgBEECdGohCQNA/QwAAAAAAAAA" +
  "AAAAAAAAAAAAIQv9DAAAAAAAAAAAAAAAAAAAAAAhDP0MAAAAAAAAAAAAAAAAAAAAACEN/QwAAAAAAAAAAAAAAAAAAAAAIQ4gAiEI" +
  "A0AgCP0ABAAhCiALIAogAP0ABAD95gH95AEhCyAMIAogACAGav0ABAD95gH95AEhDCANIAogACAGQQF0av0ABAD95gH95AEhDSAO" +
  "IAogACAGQQNsav0ABAD95gH95AEhDiAAQRBqIQAgCEEQaiEIIAggB0kNAAsgAyABKgIAIAsQAJI4AgAgAyABKgIEIAwQAJI4AgQg" +
  "AyABKgIIIA0QAJI4AgggAyABKgIMIA4QAJI4AgwgACAGQQNsaiEAIAFBEGohASADQRBqIQMgAyAJSQ0ACwvIBAIIfwt7IAVBAnQh" +
  "BiAGQQF0IQcgBkEDbCEIIARBAnQhCSACIAZqIQogAyAJaiELA0D9DAAAAAAAAAAAAAAAAAAAAAAhEf0MAAAAAAAAAAAAAAAAAAAA" +
  "ACES/QwAAAAAAAAAAAAAAAAAAAAAIRP9DAAAAAAAAAAAAAAAAAAAAAAhFP0MAAAAAAAAAAAAAAAAAAAAACEV/QwAAAAAAAAAAAAA" +
  "AAAAAAAAIRb9DAAAAAAAAAAAAAAAAAAAAAAhF/0MAAAAAAAAAAAAAAAAAAAAACEYIAIhDANAIAD9AAQAIQ8gACAGav0ABAAhECAM" +
  "/QAEACEOIBEgDiAP/eYB/eQBIREgFSAOIBD95gH95AEhFSAMIAZq/QAEACEOIBIgDiAP/eYB/eQBIRIgFiAOIBD95gH95AEhFiAM" +
  "IAdq/QAEACEOIBMgDiAP/eYB/eQBIRMgFyAOIBD95gH95AEhFyAMIAhq/QAEACEOIBQgDiAP/eYB/eQBIRQgGCAOIBD95gH95AEh" +
  "GCAAQRBqIQAgDEEQaiEMIAwgCkkNAAsgAyENIA0gASoCACAREACSOAIAIA0gASoCBCAVEACSOAIEIA0gCWohDSANIAEqAgAgEhAA" +
  "kjgCACANIAEqAgQgFhAAkjgCBCANIAlqIQ0gDSABKgIAIBMQAJI4AgAgDSABKgIEIBcQAJI4AgQgDSAJaiENIA0gASoCACAUEACS" +
  "OAIAIA0gASoCBCAYEACSOAIEIAAgBmohACABQQhqIQEgA0EIaiEDIAMgC0kNAAsLAIgCBG5hbWUBBgEAA3N1bQLAAQMAAQABdgEP" +
  "AAF3AQFiAgF4AwF5BARyb3dzBQdjb2x1bW5zBgV3aWR0aAcDZW5kCAJhdAkEc3RvcAoBdgsCczAMAnMxDQJzMg4CczMCGQABdwEB" +
  "YgIBeAMBeQQEcm93cwUHY29sdW1ucwYFd2lkdGgHA3R3bwgFdGhyZWUJBmhlaWdodAoDZW5kCwRzdG9wDAJhdA0CdG8OAXYPAXUQ" +
  "AXQRAnAwEgJwMRMCcDIUAnAzFQJxMBYCcTEXAnEyGAJxMwM2AgECAAlmb3VyX3Jvd3MBDGZvdXJfY29sdW1ucwICAAh0d29fcm93" +
  "cwEMZm91cl9jb2x1bW5z";

const LANES = 4; // numbers at a time: rows and columns are filled up to multiples of it
export const FOUR = 4; // codes at a time
const PAGE = 65536; // bytes: WebAssembly's unit of memory

export const filledUp = (n) => Math.ceil(n / LANES) * LANES;

const module = compiled();

function compiled() {
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(ASSEMBLED), (letter) => letter.charCodeAt(0)));
  } catch { // no SIMD, or a page that may not compile
    return null;
  }
}

export class Kernel {
  #next = 0; // the first byte that is free
  /** @type {Record<string, (w: number, b: number, x: number, y: number, rows: number, columns: number) => void>} */ #simd;

  // Memory for so many numbers; `plain` does without WebAssembly.
  constructor(count, plain = module === null) {
    const pages = Math.max(Math.ceil((4 * count) / PAGE), 1);
    this.plain = plain;
    if (plain) {
      this.buffer = new ArrayBuffer(pages * PAGE);
      return;
    }
    const memory = new WebAssembly.Memory({ initial: pages });
    this.buffer = memory.buffer;
    this.#simd = /** @type {any} */ (new WebAssembly.Instance(module, { page: { memory } }).exports);
  }

  // n numbers of its memory, 0 at first, and the zeros that fill them up.
  take(n) {
    const numbers = new Float32Array(this.buffer, this.#next, filledUp(n));
    this.#next += numbers.byteLength;
    return numbers;
  }

  // y = W x + b; all four come from `take`, W row by row, each row filled up to the length of x.
  linear(w, b, x, y) {
    if (this.plain) product(w, b, x, y);
    else this.#simd.linear(w.byteOffset, b.byteOffset, x.byteOffset, y.byteOffset, y.length, x.length);
  }

  // The same for four x, one after the other, and as many y: less than half of the time that four calls take.
  linearOfFour(w, b, x, y) {
    const [columns, rows] = [x.length / FOUR, y.length / FOUR];
    if (!this.plain) {
      this.#simd.linear_of_four(w.byteOffset, b.byteOffset, x.byteOffset, y.byteOffset, rows, columns);
      return;
    }
    for (let k = 0; k < FOUR; k++) {
      product(w, b, x.subarray(k * columns, (k + 1) * columns), y.subarray(k * rows, (k + 1) * rows));
    }
  }
}

function product(w, b, x, y) { // four running sums keep the processor's pipeline full
  const n = x.length;
  for (let row = 0; row < y.length; row += LANES) {
    const p = row * n, q = p + n, r = q + n, s = r + n;
    let s0 = b[row], s1 = b[row + 1], s2 = b[row + 2], s3 = b[row + 3];
    for (let i = 0; i < n; i++) {
      const v = x[i];
      s0 += w[p + i] * v; s1 += w[q + i] * v; s2 += w[r + i] * v; s3 += w[s + i] * v;
    }
    y[row] = s0; y[row + 1] = s1; y[row + 2] = s2; y[row + 3] = s3;
  }
}
