// The model in the browser: the forward pass of vae_core/model.py on plain typed arrays.
//
// A model's description is what a host says of it, see ../host/: `Description` in ../types.d.ts.

import { FOUR, Kernel, filledUp } from "./kernel.js";
import { readTensors } from "./safetensors.js";

/** @param {Description} description
 * @returns {Promise<Model>} */
export async function loadModel(description) {
  return modelOf(description, await readTensors(description.decoder));
}

/** @param {Description} description
 * @param {Record<string, any>} tensors of its decoder */
export const modelOf = (description, tensors) => new Model(description, new Network(tensors));

export class Model { // with what its description says
  /** @type {string} */ name;
  /** @type {Description["shape"]} */ shape;
  /** @type {string} */ dataset;
  /** @type {string[]} */ classes;
  /** @type {Description["preparation"]} */ preparation;
  /** @type {Description["objective"]} */ objective;
  /** @type {number} */ beta;
  /** @type {boolean} */ conditional;
  /** @type {boolean} */ probabilistic;
  /** @type {boolean} */ gaussian;
  /** @type {string} */ decoder; // addresses of its files, as of the next three
  /** @type {string} */ encoder;
  /** @type {string} */ encodings;
  /** @type {string | undefined} */ layers;
  /** @type {Network} */ #encode = null;
  /** @type {Network} */ #decode;
  /** @type {Float64Array} */ #means; // in single precision, 1 - p would often be 0

  /** @param {Description} description
   * @param {Network} decoder */
  constructor(description, decoder) {
    Object.assign(this, description);
    this.#decode = decoder;
  }

  // The expected image of a code: pixels in [0, 1], channel by channel, row by row. It is valid until
  // the next call; copy what is to be kept. `label` is the name of a class; others are told none.
  decode(z1, z2, label) {
    const logits = this.logits(z1, z2, label);
    this.#means ??= new Float64Array(logits.length);
    for (let i = 0; i < logits.length; i++) this.#means[i] = 1 / (1 + Math.exp(-logits[i]));
    return this.#means;
  }

  // The same before the sigmoid, in single precision; valid until the next call.
  logits(z1, z2, label) { return this.#decode.run(this.told([z1, z2], label)); }

  // Those of four codes at once, in less than half of the time: four arrays.
  logitsOfFour(codes, label) { return this.#decode.runFour(codes.map((z) => this.told(z, label))); }

  // What `score` is asked of: pixels, and which of them are known (null: all).
  observe(pixels, known) {
    const { observed, counts } = this.#decode;
    observed.set(pixels);
    if (known) counts.set(known);
    else counts.fill(1, 0, pixels.length);
  }

  // log p(x|z) of the observed Bernoulli pixels, in nats, by logits that the decoder has just given.
  score(logits) {
    const { kernel, observed, counts } = this.#decode;
    return kernel.bernoulli(logits, observed, counts);
  }

  // The encoder is a file of its own, fetched once somebody needs it.
  async loadEncoder() {
    this.#encode ??= new Network(await readTensors(this.encoder));
  }

  get canEncode() { return this.#encode !== null; }

  // q(z|x) of an image: its mean and log-variance; a plain autoencoder's is a point.
  encode(pixels, label) {
    const [m1, m2, v1, v2] = this.#encode.run(this.told(pixels, label));
    return { mean: [m1, m2], logvar: this.probabilistic ? [v1, v2] : [-Infinity, -Infinity] };
  }

  // Of a Gaussian pixel, the same for all.
  get pixelLogvar() { return this.#decode.pixelLogvar; }

  /** -log p(x|z) in nats.
   * @param {ArrayLike<number>} pixels
   * @param {number[]} z
   * @param {string | null} label */
  distortion(pixels, z, label) {
    const means = this.decode(z[0], z[1], label);
    if (this.gaussian) {
      const logvar = this.pixelLogvar;
      const squares = means.reduce((sum, mean, i) => sum + (pixels[i] - mean) ** 2, 0);
      return 0.5 * (squares / Math.exp(logvar) + means.length * (Math.log(2 * Math.PI) + logvar));
    }
    const log = (p) => Math.log(Math.max(p, 1e-30));
    return -means.reduce((sum, p, i) => sum + pixels[i] * log(p) + (1 - pixels[i]) * log(1 - p), 0);
  }

  told(input, label) { // what a network is given: the label follows as one-hot
    if (!this.conditional) return Float64Array.from(input);
    const index = Math.max(this.classes.indexOf(label), 0);
    return Float64Array.from([...input, ...this.classes.map((_, k) => (k === index ? 1 : 0))]);
  }
}

// A residual MLP: linear, blocks of h + down(SiLU(up(LayerNorm(h)))), LayerNorm, SiLU, linear.
class Network {
  /** @type {Float32Array} */ input;
  /** @type {Float32Array} */ h;
  /** @type {Float32Array} */ a;
  /** @type {Float32Array} */ b;
  /** @type {Float32Array} */ filled; // what comes out, filled up
  /** @type {Float32Array[]} */ four = null; // the same five, of four codes
  /** @type {Float32Array} */ observed; // pixels that come out of it, and 1 for each that counts
  /** @type {Float32Array} */ counts;

  constructor(tensors) {
    const blocks = Object.keys(tensors).filter((name) => name.endsWith(".up.weight")).length;
    const inner = Array.from({ length: blocks }, (_, k) => `${k + 1}`);
    const last = `${blocks + 3}`;
    const rows = (name) => tensors[`${name}.bias`].length;
    const columns = (name) => tensors[`${name}.weight`].length / rows(name);
    const vectors = [columns("0"), rows("0"), rows("0"), rows("0"), rows(last)]; // input, h, a, b, out
    const layers = ["0", ...inner.flatMap((block) => [`${block}.up`, `${block}.down`]), last];
    const kernel = new Kernel(
      layers.reduce((sum, name) => sum + filledUp(rows(name)) * (filledUp(columns(name)) + 1), 0)
      + vectors.reduce((sum, n) => sum + (1 + FOUR) * filledUp(n), 0) + 2 * filledUp(rows(last)),
    );
    this.kernel = kernel;
    const linear = (name) => new Linear(kernel, tensors[`${name}.weight`], tensors[`${name}.bias`]);
    const norm = (name) => ({ weight: tensors[`${name}.weight`], bias: tensors[`${name}.bias`] });
    this.first = linear("0");
    this.blocks = inner.map((block) => ({
      norm: norm(`${block}.norm`), up: linear(`${block}.up`), down: linear(`${block}.down`),
    }));
    this.norm = norm(`${blocks + 1}`);
    this.last = linear(last);
    this.pixelLogvar = tensors.pixel_logvar?.[0]; // of a Gaussian decoder
    [this.input, this.h, this.a, this.b, this.filled] = vectors.map((n) => kernel.take(n));
    this.four = vectors.map((n) => kernel.take(FOUR * filledUp(n)));
    [this.observed, this.counts] = [kernel.take(rows(last)), kernel.take(rows(last))];
    this.width = rows("0");
    this.out = this.filled.subarray(0, rows(last));
  }

  run(input) {
    const { h, a, b, width, kernel } = this;
    this.input.set(input);
    this.first.apply(this.input, h);
    for (const { norm, up, down } of this.blocks) {
      layerNorm(h, width, norm, a);
      up.apply(a, b);
      kernel.silu(b);
      down.apply(b, a);
      for (let i = 0; i < width; i++) h[i] += a[i];
    }
    layerNorm(h, width, this.norm, a);
    kernel.silu(a);
    this.last.apply(a, this.filled);
    return this.out;
  }

  runFour(inputs) { // of as many arrays
    const { width, kernel } = this, [input, h, a, b, filled] = this.four;
    const each = (vectors) => Array.from(inputs, (_, k) => vectors.subarray((k * vectors.length) / FOUR, ((k + 1) * vectors.length) / FOUR));
    const [hs, as] = [each(h), each(a)];
    each(input).forEach((one, k) => one.set(inputs[k]));
    this.first.applyFour(input, h);
    for (const { norm, up, down } of this.blocks) {
      hs.forEach((one, k) => layerNorm(one, width, norm, as[k]));
      up.applyFour(a, b);
      kernel.silu(b);
      down.applyFour(b, a);
      for (let i = 0; i < h.length; i++) h[i] += a[i];
    }
    hs.forEach((one, k) => layerNorm(one, width, this.norm, as[k]));
    kernel.silu(a);
    this.last.applyFour(a, filled);
    return each(filled).map((one) => one.subarray(0, this.out.length));
  }
}

class Linear { // y = W x + b; of four x at once in applyFour
  constructor(kernel, weight, bias) {
    const [rows, columns] = [bias.length, weight.length / bias.length];
    const width = filledUp(columns);
    this.kernel = kernel;
    this.weight = kernel.take(filledUp(rows) * width);
    this.bias = kernel.take(rows);
    this.bias.set(bias);
    for (let row = 0; row < rows; row++) {
      this.weight.set(weight.subarray(row * columns, (row + 1) * columns), row * width);
    }
  }

  apply(x, y) { this.kernel.linear(this.weight, this.bias, x, y); }

  applyFour(x, y) { this.kernel.linearOfFour(this.weight, this.bias, x, y); }
}

function layerNorm(x, n, { weight, bias }, y) { // of the first n; PyTorch's, whose epsilon is 1e-5
  let mean = 0, variance = 0;
  for (let i = 0; i < n; i++) mean += x[i];
  mean /= n;
  for (let i = 0; i < n; i++) variance += (x[i] - mean) ** 2;
  const scale = 1 / Math.sqrt(variance / n + 1e-5);
  for (let i = 0; i < n; i++) y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
}

// Draw an image on a canvas, one canvas pixel for each of its own; CSS makes it larger.
export function paint(canvas, pixels, [channels, height, width]) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  pen.putImageData(toImageData(pixels, [channels, height, width], pen), 0, 0);
}

export function toImageData(pixels, [channels, height, width], pen) {
  const image = pen.createImageData(width, height);
  const n = height * width;
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 3; c++) {
      image.data[4 * i + c] = Math.round(255 * pixels[i + (channels === 3 ? c * n : 0)]);
    }
    image.data[4 * i + 3] = 255;
  }
  return image;
}
