// What a forward pass and inference spend their time on: kernel.wat where the browser has SIMD (all have since
// 2023), plain loops elsewhere. Both work on one memory, in which the numbers of a network lie once.

// tests/unit/test_kernel.py says what kernel.wat gives, if it is something else.
const ASSEMBLED = "AGFzbQEAAAABIgVgAXsBfWABewF7YAJ/fwBgBX9/f39/AX1gBn9/f39/fwACEAEEcGFnZQZtZW1vcnkCAAEDBwYAAQIDBAQHLgQEc2ls" +
  "dQACCWJlcm5vdWxsaQADBmxpbmVhcgAEDmxpbmVhcl9vZl9mb3VyAAUK4QwGGQAgAP0fACAA/R8BkiAA/R8CIAD9HwOSkguEAwECeyAA" +
  "/eAB/eEB/QwAAK7CAACuwgAArsIAAK7C/ekBIQAgAP0MO6q4PzuquD87qrg/O6q4P/3mAf1qIQEgACAB/QwAgDE/AIAxPwCAMT8AgDE/" +
  "/eYB/eUBIQIgAiAB/QyDgF45g4BeOYOAXjmDgF45/eYB/eQBIQL9DAENUDkBDVA5AQ1QOQENUDkhACAAIAL95gH9DGELtjphC7Y6YQu2" +
  "OmELtjr95AEhACAAIAL95gH9DIiICDyIiAg8iIgIPIiICDz95AEhACAAIAL95gH9DKuqKj2rqio9q6oqPauqKj395AEhACAAIAL95gH9" +
  "DKuqKj6rqio+q6oqPquqKj795AEhACAAIAL95gH9DAAAAD8AAAA/AAAAPwAAAD/95AEhACAAIAL95gH9DAAAgD8AAIA/AACAPwAAgD/9" +
  "5AEhACAAIAL95gH9DAAAgD8AAIA/AACAPwAAgD/95AEhACAAIAH9+AH9DH8AAAB/AAAAfwAAAH8AAAD9rgFBF/2rAf3mAQuAAQIBfwJ7" +
  "IAAgAUECdGohAgNAIAD9AAQAIQMgAxABIQQgACADIAT9DAAAgD8AAIA/AACAPwAAgD8gA/0MAAAAAAAAAAAAAAAAAAAAAP1D/VL95gEg" +
  "BP0MAACAPwAAgD8AAIA/AACAP/3kAf3nAf0LBAAgAEEQaiEAIAAgAkkNAAsLqQECAX8Ee/0MAACAPwAAgD8AAIA/AACAPyEHIAchCSAA" +
  "IARBAnRqIQUDQCAA/QAEACEGIAggAv0ABAAgBiAB/QAEAP3mASAG/QwAAAAAAAAAAAAAAAAAAAAA/ekB/eUB/eYB/eQBIQggCSAHIAL9" +
  "AAQAIAYQAf3mAf3kAf3mASEJIABBEGohACABQRBqIQEgAkEQaiECIAAgBUkNAAsgAyAJ/QsEACAIEAALxwICBH8FeyAFQQJ0IQYgAiAG" +
  "aiEHIAMgBEECdGohCQNA/QwAAAAAAAAAAAAAAAAAAAAAIQv9DAAAAAAAAAAAAAAAAAAAAAAhDP0MAAAAAAAAAAAAAAAAAAAAACEN/QwA" +
  "AAAAAAAAAAAAAAAAAAAAIQ4gAiEIA0AgCP0ABAAhCiALIAogAP0ABAD95gH95AEhCyAMIAogACAGav0ABAD95gH95AEhDCANIAogACAG" +
  "QQF0av0ABAD95gH95AEhDSAOIAogACAGQQNsav0ABAD95gH95AEhDiAAQRBqIQAgCEEQaiEIIAggB0kNAAsgAyABKgIAIAsQAJI4AgAg" +
  "AyABKgIEIAwQAJI4AgQgAyABKgIIIA0QAJI4AgggAyABKgIMIA4QAJI4AgwgACAGQQNsaiEAIAFBEGohASADQRBqIQMgAyAJSQ0ACwvI" +
  "BAIIfwt7IAVBAnQhBiAGQQF0IQcgBkEDbCEIIARBAnQhCSACIAZqIQogAyAJaiELA0D9DAAAAAAAAAAAAAAAAAAAAAAhEf0MAAAAAAAA" +
  "AAAAAAAAAAAAACES/QwAAAAAAAAAAAAAAAAAAAAAIRP9DAAAAAAAAAAAAAAAAAAAAAAhFP0MAAAAAAAAAAAAAAAAAAAAACEV/QwAAAAA" +
  "AAAAAAAAAAAAAAAAIRb9DAAAAAAAAAAAAAAAAAAAAAAhF/0MAAAAAAAAAAAAAAAAAAAAACEYIAIhDANAIAD9AAQAIQ8gACAGav0ABAAh" +
  "ECAM/QAEACEOIBEgDiAP/eYB/eQBIREgFSAOIBD95gH95AEhFSAMIAZq/QAEACEOIBIgDiAP/eYB/eQBIRIgFiAOIBD95gH95AEhFiAM" +
  "IAdq/QAEACEOIBMgDiAP/eYB/eQBIRMgFyAOIBD95gH95AEhFyAMIAhq/QAEACEOIBQgDiAP/eYB/eQBIRQgGCAOIBD95gH95AEhGCAA" +
  "QRBqIQAgDEEQaiEMIAwgCkkNAAsgAyENIA0gASoCACAREACSOAIAIA0gASoCBCAVEACSOAIEIA0gCWohDSANIAEqAgAgEhAAkjgCACAN" +
  "IAEqAgQgFhAAkjgCBCANIAlqIQ0gDSABKgIAIBMQAJI4AgAgDSABKgIEIBcQAJI4AgQgDSAJaiENIA0gASoCACAUEACSOAIAIA0gASoC" +
  "BCAYEACSOAIEIAAgBmohACABQQhqIQEgA0EIaiEDIAMgC0kNAAsLAIIDBG5hbWUBFAIAA3N1bQEMZXhwX29mX21pbnVzApwCBgABAAF2" +
  "AQMAAXYBAW4CAXICBQABeAEFY291bnQCBHN0b3ADAXYEAWUDCgABdwEBeAIBbQMHZmFjdG9ycwQFY291bnQFBHN0b3AGAXYHA29uZQgF" +
  "dG90YWwJB3Byb2R1Y3QEDwABdwEBYgIBeAMBeQQEcm93cwUHY29sdW1ucwYFd2lkdGgHA2VuZAgCYXQJBHN0b3AKAXYLAnMwDAJzMQ0C" +
  "czIOAnMzBRkAAXcBAWICAXgDAXkEBHJvd3MFB2NvbHVtbnMGBXdpZHRoBwN0d28IBXRocmVlCQZoZWlnaHQKA2VuZAsEc3RvcAwCYXQN" +
  "AnRvDgF2DwF1EAF0EQJwMBICcDETAnAyFAJwMxUCcTAWAnExFwJxMhgCcTMDRgQCAQAEZm91cgMBAARmb3VyBAIACWZvdXJfcm93cwEM" +
  "Zm91cl9jb2x1bW5zBQIACHR3b19yb3dzAQxmb3VyX2NvbHVtbnM=";

const LANES = 4; // numbers at a time: rows and columns are filled up to multiples of it
export const FOUR = 4; // codes at a time
const CHUNK = 400; // pixels of which a product of numbers from 1 to 2, in four lanes, stays in single precision
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
  /** @type {Record<string, (...numbers: number[]) => number>} */ #simd;
  #factors;

  // Memory for so many numbers; `plain` does without WebAssembly.
  constructor(count, plain = module === null) {
    const pages = Math.ceil((4 * (count + LANES)) / PAGE);
    this.plain = plain;
    if (plain) {
      this.buffer = new ArrayBuffer(pages * PAGE);
      return;
    }
    const memory = new WebAssembly.Memory({ initial: pages });
    this.buffer = memory.buffer;
    this.#simd = /** @type {any} */ (new WebAssembly.Instance(module, { page: { memory } }).exports);
    this.#factors = this.take(LANES);
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

  // x / (1 + exp(-x)) of each number, in place.
  silu(x) {
    if (this.plain) for (let i = 0; i < x.length; i++) x[i] /= 1 + Math.exp(-x[i]);
    else this.#simd.silu(x.byteOffset, x.length);
  }

  // log p(x|z) of pixels x in [0, 1] with logits w, in nats: the sum of x w - log(1 + exp w) where `counts` is 1.
  bernoulli(w, x, counts) {
    let sum = 0;
    for (let at = 0; at < counts.length; at += CHUNK) {
      const n = Math.min(CHUNK, counts.length - at);
      if (this.plain) {
        for (let i = at; i < at + n; i++) if (counts[i]) sum += x[i] * w[i] - Math.max(w[i], 0) - Math.log1p(Math.exp(-Math.abs(w[i])));
        continue;
      }
      sum += this.#simd.bernoulli(w.byteOffset + 4 * at, x.byteOffset + 4 * at, counts.byteOffset + 4 * at, this.#factors.byteOffset, n);
      for (const factor of this.#factors) sum -= Math.log(factor);
    }
    return sum;
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
