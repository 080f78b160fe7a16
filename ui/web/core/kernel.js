// What a forward pass, inference and training spend their time on: kernel.wat where the browser has SIMD (all have since
// 2023), plain loops elsewhere, but for training. Both work on one memory, in which the numbers of a network lie once.

// tests/unit/test_kernel.py says what kernel.wat gives, if it is something else.
const ASSEMBLED = "AGFzbQEAAAABSgpgAXsBfWABewF7YAJ/fwBgBX9/f39/AX1gBn9/f39/fwBgAnt7AXtgCH9/f39/f39/AGADf3t7AGA" +
  "Df39/AGAIf39/f399fX0AAhABBHBhZ2UGbWVtb3J5AgABAw0MAAECAwQEBQYHCAQJB14IBHNpbHUAAgliZXJub3VsbGkAAwZsaW5lYXIABA5saW5lYXJf" +
  "b2ZfZm91cgAFCG11bHRpcGx5AAcJc2lsdV9iYWNrAAkOYmVybm91bGxpX2JhY2sACgVhZGFtdwALCuIXDBkAIAD9HwAgAP0fAZIgAP0fAiAA/R8DkpILh" +
  "AMBAnsgAP3gAf3hAf0MAACuwgAArsIAAK7CAACuwv3pASEAIAD9DDuquD87qrg/O6q4PzuquD/95gH9aiEBIAAgAf0MAIAxPwCAMT8AgDE/AIAxP/3mAf" +
  "3lASECIAIgAf0Mg4BeOYOAXjmDgF45g4BeOf3mAf3kASEC/QwBDVA5AQ1QOQENUDkBDVA5IQAgACAC/eYB/QxhC7Y6YQu2OmELtjphC7Y6/eQBIQAgACA" +
  "C/eYB/QyIiAg8iIgIPIiICDyIiAg8/eQBIQAgACAC/eYB/Qyrqio9q6oqPauqKj2rqio9/eQBIQAgACAC/eYB/Qyrqio+q6oqPquqKj6rqio+/eQBIQAg" +
  "ACAC/eYB/QwAAAA/AAAAPwAAAD8AAAA//eQBIQAgACAC/eYB/QwAAIA/AACAPwAAgD8AAIA//eQBIQAgACAC/eYB/QwAAIA/AACAPwAAgD8AAIA//eQBI" +
  "QAgACAB/fgB/Qx/AAAAfwAAAH8AAAB/AAAA/a4BQRf9qwH95gELgAECAX8CeyAAIAFBAnRqIQIDQCAA/QAEACEDIAMQASEEIAAgAyAE/QwAAIA/AACAPw" +
  "AAgD8AAIA/IAP9DAAAAAAAAAAAAAAAAAAAAAD9Q/1S/eYBIAT9DAAAgD8AAIA/AACAPwAAgD/95AH95wH9CwQAIABBEGohACAAIAJJDQALC6kBAgF/BHv" +
  "9DAAAgD8AAIA/AACAPwAAgD8hByAHIQkgACAEQQJ0aiEFA0AgAP0ABAAhBiAIIAL9AAQAIAYgAf0ABAD95gEgBv0MAAAAAAAAAAAAAAAAAAAAAP3pAf3l" +
  "Af3mAf3kASEIIAkgByAC/QAEACAGEAH95gH95AH95gEhCSAAQRBqIQAgAUEQaiEBIAJBEGohAiAAIAVJDQALIAMgCf0LBAAgCBAAC8cCAgR/BXsgBUECd" +
  "CEGIAIgBmohByADIARBAnRqIQkDQP0MAAAAAAAAAAAAAAAAAAAAACEL/QwAAAAAAAAAAAAAAAAAAAAAIQz9DAAAAAAAAAAAAAAAAAAAAAAhDf0MAAAAAA" +
  "AAAAAAAAAAAAAAACEOIAIhCANAIAj9AAQAIQogCyAKIAD9AAQA/eYB/eQBIQsgDCAKIAAgBmr9AAQA/eYB/eQBIQwgDSAKIAAgBkEBdGr9AAQA/eYB/eQ" +
  "BIQ0gDiAKIAAgBkEDbGr9AAQA/eYB/eQBIQ4gAEEQaiEAIAhBEGohCCAIIAdJDQALIAMgASoCACALEACSOAIAIAMgASoCBCAMEACSOAIEIAMgASoCCCAN" +
  "EACSOAIIIAMgASoCDCAOEACSOAIMIAAgBkEDbGohACABQRBqIQEgA0EQaiEDIAMgCUkNAAsLyAQCCH8LeyAFQQJ0IQYgBkEBdCEHIAZBA2whCCAEQQJ0I" +
  "QkgAiAGaiEKIAMgCWohCwNA/QwAAAAAAAAAAAAAAAAAAAAAIRH9DAAAAAAAAAAAAAAAAAAAAAAhEv0MAAAAAAAAAAAAAAAAAAAAACET/QwAAAAAAAAAAA" +
  "AAAAAAAAAAIRT9DAAAAAAAAAAAAAAAAAAAAAAhFf0MAAAAAAAAAAAAAAAAAAAAACEW/QwAAAAAAAAAAAAAAAAAAAAAIRf9DAAAAAAAAAAAAAAAAAAAAAA" +
  "hGCACIQwDQCAA/QAEACEPIAAgBmr9AAQAIRAgDP0ABAAhDiARIA4gD/3mAf3kASERIBUgDiAQ/eYB/eQBIRUgDCAGav0ABAAhDiASIA4gD/3mAf3kASES" +
  "IBYgDiAQ/eYB/eQBIRYgDCAHav0ABAAhDiATIA4gD/3mAf3kASETIBcgDiAQ/eYB/eQBIRcgDCAIav0ABAAhDiAUIA4gD/3mAf3kASEUIBggDiAQ/eYB/" +
  "eQBIRggAEEQaiEAIAxBEGohDCAMIApJDQALIAMhDSANIAEqAgAgERAAkjgCACANIAEqAgQgFRAAkjgCBCANIAlqIQ0gDSABKgIAIBIQAJI4AgAgDSABKg" +
  "IEIBYQAJI4AgQgDSAJaiENIA0gASoCACATEACSOAIAIA0gASoCBCAXEACSOAIEIA0gCWohDSANIAEqAgAgFBAAkjgCACANIAEqAgQgGBAAkjgCBCAAIAZ" +
  "qIQAgAUEIaiEBIANBCGohAyADIAtJDQALC0gAIAH9DAAAgD8AAIA/AACAPwAAgD8gAP0MAAAAAAAAAAAAAAAAAAAAAP1D/VIgAf0MAACAPwAAgD8AAIA/" +
  "AACAP/3kAf3nAQv5AwIKfwt7IAZBAnQhCCABQQF0IQogAUEDbCELA0AgACEMIAQgCWohESAFIQ0DQP0MAAAAAAAAAAAAAAAAAAAAACEV/QwAAAAAAAAAA" +
  "AAAAAAAAAAAIRb9DAAAAAAAAAAAAAAAAAAAAAAhF/0MAAAAAAAAAAAAAAAAAAAAACEY/QwAAAAAAAAAAAAAAAAAAAAAIRn9DAAAAAAAAAAAAAAAAAAAAA" +
  "AhGv0MAAAAAAAAAAAAAAAAAAAAACEb/QwAAAAAAAAAAAAAAAAAAAAAIRwgDCEPIAMgCWohECAHIQ4DQCAQ/QAEACESIBD9AAQQIRMgD/0JAgAhFCAVIBQ" +
  "gEv3mAf3kASEVIBkgFCAT/eYB/eQBIRkgDyABav0JAgAhFCAWIBQgEv3mAf3kASEWIBogFCAT/eYB/eQBIRogDyAKav0JAgAhFCAXIBQgEv3mAf3kASEX" +
  "IBsgFCAT/eYB/eQBIRsgDyALav0JAgAhFCAYIBQgEv3mAf3kASEYIBwgFCAT/eYB/eQBIRwgDyACaiEPIBAgCGohECAOQQFrIg4NAAsgESAVIBkQCCARI" +
  "AhqIhEgFiAaEAggESAIaiIRIBcgGxAIIBEgCGoiESAYIBwQCCARIAhqIREgDCABQQJ0aiEMIA1BBGsiDQ0ACyAJQSBqIQkgCSAISQ0ACwskACAAIAD9AA" +
  "QAIAH95AH9CwQAIAAgAP0ABBAgAv3kAf0LBBALfwIBfwJ7IAAgAkECdGohAwNAIAD9AAQAIQQgBCAEEAEQBiEFIAEgAf0ABAAgBf0MAACAPwAAgD8AAIA" +
  "/AACAPyAE/QwAAIA/AACAPwAAgD8AAIA/IAX95QH95gH95AH95gH95gH9CwQAIABBEGohACABQRBqIQEgACADSQ0ACwuQAwIEfwV7IAVBAnQhBgNA/QwA" +
  "AAAAAAAAAAAAAAAAAAAAIQ4gByEIIAQhCQNAIAAgCGr9AAQAIQogChABIQsgCyAL/QwAAABAAAAAQAAAAEAAAABA/eQB/ecBIQwgDCAM/eYBIQ0gDiAKI" +
  "AEgCGr9AAQA/eYBIAr9DAAAAAAAAAAAAAAAAAAAAAD96QH95QEgDP0M2IkdPtiJHT7YiR0+2IkdPiAN/eYB/QyMLjo+jC46PowuOj6MLjo+/eQBIA395g" +
  "H9DDmOYz45jmM+OY5jPjmOYz795AEgDf3mAf0MJUmSPiVJkj4lSZI+JUmSPv3kASAN/eYB/QzNzMw+zczMPs3MzD7NzMw+/eQBIA395gH9DKuqKj+rqio" +
  "/q6oqP6uqKj/95AEgDf3mAf0MAAAAQAAAAEAAAABAAAAAQP3kAf3mAf3lAf3kASEOIAIgCGogASAIav0ABAAgCiALEAb95QH9CwQAIAggBmohCCAJQQFr" +
  "IgkNAAsgAyAHaiAO/QsEACAHQRBqIQcgByAGSQ0ACwuEAgIBfwN7IAAgBEECdGohCANAIAH9AAQAIQkgAv0ABAD9DGZmZj9mZmY/ZmZmP2ZmZj/95gEgC" +
  "f0MzczMPc3MzD3NzMw9zczMPf3mAf3kASEKIAP9AAQA/Qx3vn8/d75/P3e+fz93vn8//eYBIAkgCf3mAf0MbxKDOm8SgzpvEoM6bxKDOv3mAf3kASELIA" +
  "IgCv0LBAAgAyAL/QsEACAAIAD9AAQAIAb9E/3mASAKIAX9E/3mASALIAf9E/3mAf3jAf0Md8wrMnfMKzJ3zCsyd8wrMv3kAf3nAf3lAf0LBAAgAEEQaiE" +
  "AIAFBEGohASACQRBqIQIgA0EQaiEDIAAgCEkNAAsLAIMGBG5hbWUBIgQAA3N1bQEMZXhwX29mX21pbnVzBgdzaWdtb2lkCANhZGQCwAQMAAEAAXYBAwAB" +
  "dgEBbgIBcgIFAAF4AQVjb3VudAIEc3RvcAMBdgQBZQMKAAF3AQF4AgFtAwdmYWN0b3JzBAVjb3VudAUEc3RvcAYBdgcDb25lCAV0b3RhbAkHcHJvZHVjd" +
  "AQPAAF3AQFiAgF4AwF5BARyb3dzBQdjb2x1bW5zBgV3aWR0aAcDZW5kCAJhdAkEc3RvcAoBdgsCczAMAnMxDQJzMg4CczMFGQABdwEBYgIBeAMBeQQEcm" +
  "93cwUHY29sdW1ucwYFd2lkdGgHA3R3bwgFdGhyZWUJBmhlaWdodAoDZW5kCwRzdG9wDAJhdA0CdG8OAXYPAXUQAXQRAnAwEgJwMRMCcDIUAnAzFQJxMBY" +
  "CcTEXAnEyGAJxMwYCAAF2AQFlBx0AAWEBA3JvdwIGY29sdW1uAwFiBAFjBQFtBgFuBwFrCAV3aWR0aAkFcmlnaHQKA3R3bwsFdGhyZWUMBWZpcnN0DQFp" +
  "DgFwDwJhdBAEZnJvbRECdG8SAXUTAXYUAXQVAnMwFgJzMRcCczIYAnMzGQJ0MBoCdDEbAnQyHAJ0MwgDAAJ0bwEBcwIBdAkGAAF4AQFkAgVjb3VudAMEc" +
  "3RvcAQBdgUBcwoPAAF3AQF4AgFkAwV0b3RhbAQEcm93cwUBbgYFd2lkdGgHBXJpZ2h0CAJhdAkBcAoBdgsBZQwBcw0BcQ4BdAsMAAF3AQFnAgFtAwF2BA" +
  "Vjb3VudAUEcmF0ZQYEa2VwdAcFc2NhbGUIBHN0b3AJAWQKAWELAWIDlAEIAgEABGZvdXIDAQAEZm91cgQCAAlmb3VyX3Jvd3MBDGZvdXJfY29sdW1ucwU" +
  "CAAh0d29fcm93cwEMZm91cl9jb2x1bW5zBwMADWVpZ2h0X2NvbHVtbnMBCWZvdXJfcm93cwIIcHJvZHVjdHMJAQAEZm91cgoCAAxmb3VyX2NvbHVtbnMB" +
  "BnBpeGVscwsBAARmb3Vy";

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

  // From here on for training, which needs SIMD: all arrays come from `take`.

  // C += A B, row by row: A of m rows and k columns, or turned of k rows and m columns; n is a multiple of eight, m of four.
  multiply(a, b, c, [m, n, k], turned = false) {
    const [row, column] = turned ? [4, 4 * m] : [4 * k, 4];
    this.#simd.multiply(a.byteOffset, row, column, b.byteOffset, c.byteOffset, m, n, k);
  }

  // d times the derivative of SiLU at x, in place.
  siluBack(x, d) { this.#simd.silu_back(x.byteOffset, d.byteOffset, x.length); }

  // log p(x|z) in nats of n pictures with logits w, a pixel's row after the other's, into `total`, and its derivatives by w into d.
  bernoulliBack(w, x, d, total, rows) {
    this.#simd.bernoulli_back(w.byteOffset, x.byteOffset, d.byteOffset, total.byteOffset, rows, total.length);
  }

  // The step of this number of AdamW: parameters w, gradients g, running means m and v.
  adamw({ w, g, m, v }, step, rate, decay) {
    this.#simd.adamw(w.byteOffset, g.byteOffset, m.byteOffset, v.byteOffset, w.length, rate / (1 - 0.9 ** step), 1 - rate * decay, 1 / (1 - 0.999 ** step));
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
