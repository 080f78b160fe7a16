// A VAE that learns: the two networks of vae_core/model.py with what goes back through them, the losses of
// vae_core/objectives.py with their derivatives, and AdamW. All by hand; tests/web/test_gradients.py holds them to autograd.
//
// Arrays hold one row for each feature and one column for each picture (or code), row by row, so that a batch is what SIMD works
// along. Rows and columns are filled up to multiples of eight; what fills them is 0 and stays so.

import { Kernel } from "../kernel.js";

const EPSILON = 1e-5; // of LayerNorm, as PyTorch's
const FIRST_LOGVAR = -3; // of a Gaussian pixel
const LOG_2PI = Math.log(2 * Math.PI);

export const up8 = (n) => 8 * Math.ceil(n / 8);

/** What is trained, and how: `objective` and `beta` may be changed while it trains.
 * @typedef {{ shape: number[], likelihood: "bernoulli" | "gaussian", objective: "elbo" | "iwae" | "autoencoder", width: number, blocks: number }} Architecture width: a multiple of eight */

/** Parameters of one or more layers side by side, so that a step of AdamW is one loop. */
class Parameters {
  /** @type {{ name: string, shape: number[], at: number, columns: number }[]} */ entries = [];
  #size = 0;
  /** @type {Kernel} */ kernel = null;
  /** @type {Record<"w" | "g" | "m" | "v", Float32Array>} */ all = null; // values, gradients, and AdamW's running means

  /** Room for a matrix (rows, columns) or a vector (rows); its place among all. */
  plan(name, shape) {
    const columns = shape.length > 1 ? up8(shape[1]) : 1;
    const at = this.#size;
    this.#size += up8(shape[0]) * columns;
    this.entries.push({ name, shape, at, columns });
    return (/** @type {"w" | "g"} */ which) => this.all[which].subarray(at, at + up8(shape[0]) * columns);
  }

  get size() { return this.#size; }

  give(kernel) {
    this.kernel = kernel;
    const take = () => kernel.take(this.#size);
    this.all = { w: take(), g: take(), m: take(), v: take() };
  }

  /** Values or gradients by name, without what fills them up.
   * @param {"w" | "g"} which
   * @returns {Record<string, { shape: number[], values: Float32Array }>} */
  read(which) {
    return Object.fromEntries(this.entries.map(({ name, shape, at, columns }) => {
      const [rows, wide = 1] = shape;
      const values = new Float32Array(rows * wide);
      for (let row = 0; row < rows; row++) values.set(this.all[which].subarray(at + row * columns, at + row * columns + wide), row * wide);
      return [name, { shape, values }];
    }));
  }

  write(tensors) {
    for (const { name, shape: [rows, wide = 1], at, columns } of this.entries) {
      for (let row = 0; row < rows; row++) this.all.w.set(tensors[name].subarray(row * wide, (row + 1) * wide), at + row * columns);
    }
  }
}

class Linear { // y = W x + b
  constructor(parameters, name, inputs, outputs) {
    [this.inputs, this.outputs, this.parameters] = [up8(inputs), up8(outputs), parameters];
    this.weight = parameters.plan(`${name}.weight`, [outputs, inputs]);
    this.bias = parameters.plan(`${name}.bias`, [outputs]);
  }

  room(most) { return (this.inputs + this.outputs) * most; }

  take(kernel, most, turned) {
    [this.kernel, this.turned] = [kernel, turned];
    [this.y, this.dx] = [kernel.take(this.outputs * most), kernel.take(this.inputs * most)];
    [this.w, this.gw, this.b, this.gb] = [this.weight("w"), this.weight("g"), this.bias("w"), this.bias("g")];
  }

  forward(x, n) {
    const y = this.y.subarray(0, this.outputs * n);
    this.x = x;
    for (let row = 0; row < this.outputs; row++) y.fill(this.b[row], row * n, (row + 1) * n);
    this.kernel.multiply(this.w, x, y, [this.outputs, n, this.inputs]);
    return y;
  }

  // Adds to the gradients of W and b; returns that of x, if it is wanted.
  backward(dy, n, wanted = true) {
    const { x, turned, inputs, outputs } = this;
    for (let row = 0; row < inputs; row++) for (let k = 0; k < n; k++) turned[k * inputs + row] = x[row * n + k];
    this.kernel.multiply(dy, turned, this.gw, [outputs, inputs, n]);
    for (let row = 0; row < outputs; row++) for (let k = row * n; k < (row + 1) * n; k++) this.gb[row] += dy[k];
    if (!wanted) return null;
    const dx = this.dx.subarray(0, inputs * n).fill(0);
    this.kernel.multiply(this.w, dy, dx, [inputs, n, outputs], true);
    return dx;
  }
}

class LayerNorm { // y = (x - mean) / sqrt(variance + epsilon) * weight + bias, over the features of each picture
  constructor(parameters, name, width) {
    [this.width, this.rows, this.parameters] = [width, up8(width), parameters];
    this.weight = parameters.plan(`${name}.weight`, [width]);
    this.bias = parameters.plan(`${name}.bias`, [width]);
  }

  room(most) { return 3 * this.rows * most + 3 * most; }

  take(kernel, most) {
    [this.y, this.unit, this.dx] = [0, 1, 2].map(() => kernel.take(this.rows * most));
    [this.scale, this.one, this.two] = [0, 1, 2].map(() => kernel.take(most));
    [this.w, this.gw, this.b, this.gb] = [this.weight("w"), this.weight("g"), this.bias("w"), this.bias("g")];
  }

  forward(x, n) {
    const { width, unit, scale, w, b } = this;
    const y = this.y.subarray(0, this.rows * n), mean = this.one.fill(0, 0, n), variance = this.two.fill(0, 0, n);
    for (let row = 0; row < width; row++) for (let k = 0; k < n; k++) mean[k] += x[row * n + k];
    for (let k = 0; k < n; k++) mean[k] /= width;
    for (let row = 0; row < width; row++) for (let k = 0; k < n; k++) variance[k] += (x[row * n + k] - mean[k]) ** 2;
    for (let k = 0; k < n; k++) scale[k] = 1 / Math.sqrt(variance[k] / width + EPSILON);
    for (let row = 0; row < width; row++) {
      for (let k = 0, i = row * n; k < n; k++, i++) {
        unit[i] = (x[i] - mean[k]) * scale[k];
        y[i] = unit[i] * w[row] + b[row];
      }
    }
    return y;
  }

  backward(dy, n) {
    const { width, unit, scale, w } = this;
    const dx = this.dx.subarray(0, this.rows * n), mean = this.one.fill(0, 0, n), along = this.two.fill(0, 0, n);
    for (let row = 0; row < width; row++) {
      let [gw, gb] = [0, 0];
      for (let k = 0, i = row * n; k < n; k++, i++) {
        gw += dy[i] * unit[i];
        gb += dy[i];
        const d = dy[i] * w[row];
        mean[k] += d / width;
        along[k] += (d * unit[i]) / width;
      }
      this.gw[row] += gw;
      this.gb[row] += gb;
    }
    for (let row = 0; row < width; row++) {
      for (let k = 0, i = row * n; k < n; k++, i++) dx[i] = scale[k] * (dy[i] * w[row] - mean[k] - unit[i] * along[k]);
    }
    return dx;
  }
}

class Network { // a residual MLP: see core/model.js, which runs the same without a way back
  constructor(parameters, part, inputs, width, blocks, outputs) {
    const linear = (name, ...sizes) => new Linear(parameters, `${part}.${name}`, ...sizes);
    this.first = linear("0", inputs, width);
    this.blocks = Array.from({ length: blocks }, (_, k) => ({
      norm: new LayerNorm(parameters, `${part}.${k + 1}.norm`, width),
      up: linear(`${k + 1}.up`, width, width),
      down: linear(`${k + 1}.down`, width, width),
    }));
    this.norm = new LayerNorm(parameters, `${part}.${blocks + 1}`, width);
    this.last = linear(`${blocks + 3}`, width, outputs);
    this.layers = [this.first, ...this.blocks.flatMap(({ norm, up, down }) => [norm, up, down]), this.norm, this.last];
    this.rows = up8(width);
  }

  // Besides the layers' own: SiLU of each block and of the end.
  room(most) { return this.layers.reduce((sum, layer) => sum + layer.room(most), (this.blocks.length + 1) * this.rows * most); }

  take(kernel, most, turned) {
    this.kernel = kernel;
    for (const layer of this.layers) layer.take(kernel, most, turned);
    this.active = [...this.blocks, this.norm].map(() => kernel.take(this.rows * most));
  }

  forward(x, n) {
    const silu = (h, k) => { // the layer before needs what it gave for the way back
      const active = this.active[k].subarray(0, h.length);
      active.set(h);
      this.kernel.silu(active);
      return active;
    };
    let h = this.first.forward(x, n);
    this.blocks.forEach(({ norm, up, down }, k) => {
      const added = down.forward(silu(up.forward(norm.forward(h, n), n), k), n);
      for (let i = 0; i < added.length; i++) added[i] += h[i];
      h = added;
    });
    return this.last.forward(silu(this.norm.forward(h, n), this.blocks.length), n);
  }

  backward(dout, n, wanted) {
    const back = (layer, d) => {
      this.kernel.siluBack(layer.y.subarray(0, d.length), d);
      return layer.backward(d, n);
    };
    let d = back(this.norm, this.last.backward(dout, n));
    for (const { norm, up, down } of this.blocks.toReversed()) {
      const through = norm.backward(back(up, down.backward(d, n)), n);
      for (let i = 0; i < through.length; i++) through[i] += d[i];
      d = through;
    }
    return this.first.backward(d, n, wanted);
  }
}

export class TrainableVAE {
  /** @param {Architecture} architecture
   * @param {number} most pictures at once
   * @param {number} samples codes of each, at most */
  constructor(architecture, most, samples = 1) {
    const { shape, width, blocks, objective, likelihood } = architecture;
    this.architecture = architecture;
    this.pixels = shape.reduce((a, b) => a * b);
    this.point = objective === "autoencoder";
    this.gaussian = likelihood === "gaussian";
    [this.most, this.codes] = [up8(most), up8(most) * samples];
    this.parameters = new Parameters();
    this.encoder = new Network(this.parameters, "encoder", this.pixels, width, blocks, this.point ? 2 : 4);
    this.decoder = new Network(this.parameters, "decoder", 2, width, blocks, this.pixels);
    if (this.gaussian) this.logvar = this.parameters.plan("decoder.pixel_logvar", [1]);
    const rows = up8(this.pixels), widest = Math.max(rows, up8(width));
    const kernel = new Kernel(4 * up8(this.parameters.size) + this.encoder.room(this.most) + this.decoder.room(this.codes)
      + (widest + 2 * rows + 8 + 2) * this.codes + (rows + 8) * this.most + 64 * 16);
    if (kernel.plain) throw new Error("no SIMD");
    this.kernel = kernel;
    this.parameters.give(kernel);
    const turned = kernel.take(widest * this.codes);
    this.encoder.take(kernel, this.most, turned);
    this.decoder.take(kernel, this.codes, turned);
    [this.x, this.dq] = [rows, 8].map((n) => kernel.take(n * this.most));
    [this.repeated, this.d, this.z, this.total] = [rows, rows, 8, 1].map((n) => kernel.take(n * this.codes));
    this.taken = 0; // steps of AdamW
  }

  /** PyTorch's first values: even in ±1 / sqrt(inputs); of LayerNorm, 1 and 0. */
  begin({ uniform }) {
    const { entries } = this.parameters, shapes = Object.fromEntries(entries.map(({ name, shape }) => [name, shape]));
    this.parameters.write(Object.fromEntries(entries.map(({ name, shape }) => {
      const [, inputs] = shapes[name.replace(/bias$/, "weight")]; // only a linear layer's weight has them
      const first = name.endsWith("pixel_logvar") ? () => FIRST_LOGVAR
        : inputs ? () => (2 * uniform() - 1) / Math.sqrt(inputs) : () => Number(name.endsWith("weight"));
      return [name, Float32Array.from({ length: shape.reduce((a, b) => a * b) }, first)];
    })));
  }

  /** q(z|x) of pictures, each `pixels` numbers: means and log-variances, two numbers each.
   * @param {Float32Array} images of at most `most` pictures */
  encode(images) {
    const count = images.length / this.pixels;
    const out = this.encoder.forward(this.#columns(images, count, this.x), up8(count));
    const pairs = (row) => Float32Array.from({ length: 2 * count }, (_, i) => out[(row + (i % 2)) * up8(count) + (i >> 1)]);
    return { mean: pairs(0), logvar: this.point ? new Float32Array(2 * count).fill(-Infinity) : pairs(2) };
  }

  /** The decoder's logits of codes, a pixel's row after the other's: rows of `up8(codes)` numbers, valid until the next call.
   * @param {Float32Array} codes two numbers each, at most `codes` of them */
  logits(codes) {
    const n = up8(codes.length / 2), z = this.z.subarray(0, 8 * n).fill(0);
    for (let i = 0; i < codes.length; i++) z[(i % 2) * n + (i >> 1)] = codes[i];
    return this.decoder.forward(z, n);
  }

  // Pictures one after the other become columns.
  #columns(images, count, room) {
    const n = up8(count), x = room.subarray(0, up8(this.pixels) * n).fill(0);
    for (let k = 0; k < count; k++) for (let i = 0; i < this.pixels; i++) x[i * n + k] = images[k * this.pixels + i];
    return x;
  }

  /** The loss of a batch, in nats per picture, and its gradients in `parameters`: vae_core/objectives.py.
   * @param {Float32Array} images one after the other, in [0, 1]
   * @param {Float32Array} noise standard normal, samples x pictures x 2
   * @param {{ objective: string, beta: number }} recipe
   * @returns {{ total: number, rate: number, distortion: number, std: number }} */
  gradients(images, noise, { objective, beta }) {
    const count = images.length / this.pixels, n = up8(count), samples = noise.length / (2 * count), all = n * samples;
    this.parameters.all.g.fill(0);
    const q = this.encoder.forward(this.#columns(images, count, this.x), n);
    const mean = (axis, k) => q[axis * n + k], logvar = (axis, k) => q[(2 + axis) * n + k];
    const epsilon = (s, k, axis) => noise[2 * (s * count + k) + axis];
    const z = this.z.subarray(0, 8 * all).fill(0);
    for (let s = 0; s < samples; s++) {
      for (let k = 0; k < count; k++) {
        for (const axis of [0, 1]) {
          z[axis * all + s * n + k] = mean(axis, k) + (this.point ? 0 : Math.exp(0.5 * logvar(axis, k)) * epsilon(s, k, axis));
        }
      }
    }
    const { d, logLikelihood } = this.#likelihood(this.decoder.forward(z, all), n, samples);

    // How much each code of a picture counts: evenly, or by what it is worth.
    const iwae = objective === "iwae";
    let [total, rate, distortion, spread] = [0, 0, 0, 0];
    const shares = new Float32Array(all);
    for (let k = 0; k < count; k++) {
      const worth = Array.from({ length: samples }, (_, s) => { // log p(x, z) / q(z|x), its prior and q weighed by beta
        if (!iwae) return 0;
        const ratio = [0, 1].reduce((sum, axis) => sum + 0.5 * (epsilon(s, k, axis) ** 2 + logvar(axis, k) - z[axis * all + s * n + k] ** 2), 0);
        return logLikelihood[s * n + k] + beta * ratio;
      });
      const highest = Math.max(...worth), sum = worth.reduce((sofar, one) => sofar + Math.exp(one - highest), 0);
      if (iwae) total -= (highest + Math.log(sum / samples)) / count;
      for (let s = 0; s < samples; s++) {
        shares[s * n + k] = Math.exp(worth[s] - highest) / sum / count;
        distortion -= logLikelihood[s * n + k] / samples / count;
      }
      if (this.point) continue;
      for (const axis of [0, 1]) {
        rate += (0.5 * (mean(axis, k) ** 2 + Math.exp(logvar(axis, k)) - 1 - logvar(axis, k))) / count;
        spread += Math.exp(0.5 * logvar(axis, k)) / 2 / count;
      }
    }
    if (!iwae) total = distortion + (this.point ? 0 : beta * rate);

    for (let row = 0; row < this.pixels; row++) for (let k = 0; k < all; k++) d[row * all + k] *= -shares[k];
    if (this.gaussian) this.#variance(logLikelihood, shares);
    const dz = this.decoder.backward(d, all, true);
    const dq = this.dq.subarray(0, 8 * n).fill(0);
    for (let s = 0; s < samples; s++) {
      for (let k = 0; k < count; k++) {
        for (const axis of [0, 1]) {
          const at = axis * all + s * n + k;
          const toZ = dz[at] + (iwae ? beta * shares[s * n + k] * z[at] : 0);
          dq[axis * n + k] += toZ;
          if (this.point) continue;
          dq[(2 + axis) * n + k] += 0.5 * toZ * (z[at] - mean(axis, k)) - (iwae ? 0.5 * beta * shares[s * n + k] : 0);
        }
      }
    }
    if (!iwae && !this.point) { // of the rate, in closed form
      for (let k = 0; k < count; k++) {
        for (const axis of [0, 1]) {
          dq[axis * n + k] += (beta * mean(axis, k)) / count;
          dq[(2 + axis) * n + k] += (0.5 * beta * (Math.exp(logvar(axis, k)) - 1)) / count;
        }
      }
    }
    this.encoder.backward(dq, n, false);
    return { total, rate, distortion, std: spread, q, z, dz, columns: all };
  }

  // log p(x|z) of each code, and its derivatives by the logits.
  #likelihood(logits, n, samples) {
    const all = n * samples, rows = up8(this.pixels), x = this.repeated.subarray(0, rows * all);
    const d = this.d.subarray(0, rows * all).fill(0, this.pixels * all), total = this.total.subarray(0, all);
    for (let row = 0; row < this.pixels; row++) {
      for (let s = 0; s < samples; s++) x.set(this.x.subarray(row * n, (row + 1) * n), row * all + s * n);
    }
    if (!this.gaussian) {
      this.kernel.bernoulliBack(logits, x, d, total, this.pixels);
      return { d, logLikelihood: total };
    }
    const logvar = this.logvar("w")[0], variance = Math.exp(logvar);
    total.fill(-0.5 * this.pixels * (LOG_2PI + logvar));
    for (let i = 0; i < this.pixels * all; i++) {
      const p = 1 / (1 + Math.exp(-logits[i])), error = x[i] - p;
      total[i % all] -= (0.5 * error * error) / variance;
      d[i] = (error / variance) * p * (1 - p);
    }
    return { d, logLikelihood: total };
  }

  #variance(logLikelihood, shares) { // d log p / d logvar = half the squared errors in deviations, less half the pixels
    const logvar = this.logvar("w")[0];
    for (let k = 0; k < shares.length; k++) {
      const squares = -logLikelihood[k] - 0.5 * this.pixels * (LOG_2PI + logvar);
      this.logvar("g")[0] -= shares[k] * (squares - 0.5 * this.pixels);
    }
  }

  /** A step of AdamW along the gradients. */
  step(rate, decay = 0.01) { this.kernel.adamw(this.parameters.all, ++this.taken, rate, decay); }
}
