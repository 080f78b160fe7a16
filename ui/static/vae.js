// The model in the browser: the forward pass of vae_core/model.py on plain typed arrays.
//
// A model's description, as `ui.components.latent_map.describe_model` gives it, is
//   { name, shape: [C, H, W], classes, conditional, probabilistic, gaussian, preparation,
//     decoder, encoder, encodings, history }
// where the last four are addresses of safetensors files; some models have no history.

const { readTensors } = await import(new URL("safetensors.js" + new URL(import.meta.url).search, import.meta.url));

const ROOT = globalThis.gradio_config?.root ?? globalThis.document?.baseURI ?? globalThis.location.href; // or a worker
export const address = (file) => new URL(file, `${ROOT}/`).href;

export async function loadModel(description) {
  return new Model(description, new Network(await readTensors(address(description.decoder))));
}

export class Model {
  constructor(description, decoder) {
    Object.assign(this, { ...description, decode_: decoder, encode_: null });
  }

  // The expected image of a code: pixels in [0, 1], channel by channel, row by row. It is valid until
  // the next call; copy what is to be kept. `label` is the name of a class; others are told none.
  decode(z1, z2, label) {
    const logits = this.decode_.run(this.told([z1, z2], label));
    for (let i = 0; i < logits.length; i++) logits[i] = 1 / (1 + Math.exp(-logits[i]));
    return logits;
  }

  // The encoder is a file of its own, fetched once somebody needs it.
  async loadEncoder() {
    this.encode_ ??= new Network(await readTensors(address(this.encoder)));
  }

  get canEncode() { return this.encode_ !== null; }

  // q(z|x) of an image: its mean and log-variance; a plain autoencoder's is a point.
  encode(pixels, label) {
    const [m1, m2, v1, v2] = this.encode_.run(this.told(pixels, label));
    return { mean: [m1, m2], logvar: this.probabilistic ? [v1, v2] : [-Infinity, -Infinity] };
  }

  // -log p(x|z) in nats.
  distortion(pixels, [z1, z2], label) {
    const means = this.decode(z1, z2, label);
    if (this.gaussian) {
      const logvar = this.decode_.pixelLogvar;
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
  constructor(tensors) {
    const blocks = Object.keys(tensors).filter((name) => name.endsWith(".up.weight")).length;
    const linear = (name) => new Linear(tensors[`${name}.weight`], tensors[`${name}.bias`]);
    const norm = (name) => ({ weight: tensors[`${name}.weight`], bias: tensors[`${name}.bias`] });
    this.first = linear("0");
    this.blocks = Array.from({ length: blocks }, (_, k) => ({
      norm: norm(`${k + 1}.norm`), up: linear(`${k + 1}.up`), down: linear(`${k + 1}.down`),
    }));
    this.norm = norm(`${blocks + 1}`);
    this.last = linear(`${blocks + 3}`);
    this.pixelLogvar = tensors.pixel_logvar?.[0]; // of a Gaussian decoder
    this.h = new Float64Array(this.first.rows);
    this.a = new Float64Array(this.first.rows);
    this.b = new Float64Array(this.first.rows);
    this.out = new Float64Array(this.last.rows);
  }

  run(input) {
    const { h, a, b } = this;
    this.first.apply(input, h);
    for (const { norm, up, down } of this.blocks) {
      layerNorm(h, norm, a);
      up.apply(a, b);
      silu(b);
      down.apply(b, a);
      for (let i = 0; i < h.length; i++) h[i] += a[i];
    }
    layerNorm(h, this.norm, a);
    silu(a);
    this.last.apply(a, this.out);
    return this.out;
  }
}

class Linear { // y = W x + b; W is row by row
  constructor(weight, bias) {
    Object.assign(this, { weight, bias, rows: bias.length, columns: weight.length / bias.length });
  }

  apply(x, y) {
    const { weight: w, bias, rows, columns: n } = this;
    let row = 0;
    for (; row + 8 <= rows; row += 8) { // eight running sums keep the processor's pipeline full
      const a = row * n, b = a + n, c = b + n, d = c + n, e = d + n, f = e + n, g = f + n, h = g + n;
      let s0 = bias[row], s1 = bias[row + 1], s2 = bias[row + 2], s3 = bias[row + 3];
      let s4 = bias[row + 4], s5 = bias[row + 5], s6 = bias[row + 6], s7 = bias[row + 7];
      for (let i = 0; i < n; i++) {
        const v = x[i];
        s0 += w[a + i] * v; s1 += w[b + i] * v; s2 += w[c + i] * v; s3 += w[d + i] * v;
        s4 += w[e + i] * v; s5 += w[f + i] * v; s6 += w[g + i] * v; s7 += w[h + i] * v;
      }
      y[row] = s0; y[row + 1] = s1; y[row + 2] = s2; y[row + 3] = s3;
      y[row + 4] = s4; y[row + 5] = s5; y[row + 6] = s6; y[row + 7] = s7;
    }
    for (; row < rows; row++) {
      let sum = bias[row];
      for (let i = 0; i < n; i++) sum += w[row * n + i] * x[i];
      y[row] = sum;
    }
  }
}

function layerNorm(x, { weight, bias }, y) { // PyTorch's, whose epsilon is 1e-5
  let mean = 0, variance = 0;
  for (let i = 0; i < x.length; i++) mean += x[i];
  mean /= x.length;
  for (let i = 0; i < x.length; i++) variance += (x[i] - mean) ** 2;
  const scale = 1 / Math.sqrt(variance / x.length + 1e-5);
  for (let i = 0; i < x.length; i++) y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
}

function silu(x) {
  for (let i = 0; i < x.length; i++) x[i] /= 1 + Math.exp(-x[i]);
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
