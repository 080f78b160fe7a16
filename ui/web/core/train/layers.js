// The layers of a VAE that learns, each with its way back, by hand.
//
// Arrays hold one row for each feature and one column for each picture (or code), row by row, so that a batch is what SIMD works
// along. Rows and columns are filled up to multiples of eight; what fills them is 0 and stays so.

import { Kernel } from "../kernel.js";

const EPSILON = 1e-5; // of LayerNorm, as PyTorch's

export const up8 = (n) => 8 * Math.ceil(n / 8);

/** Parameters of one or more layers side by side, so that a step of AdamW is one loop. */
export class Parameters {
  /** @type {{ name: string, shape: number[], at: number, columns: number }[]} */ entries = [];
  #size = 0;
  /** @type {Kernel} */ kernel = null;
  /** @type {Record<"w" | "g" | "m" | "v", Float32Array>} */ all = null; // values, gradients, and AdamW's running means

  /** Room for a matrix (rows, columns), a vector (rows) or one number (); its place among all. */
  plan(name, shape) {
    const columns = shape.length > 1 ? up8(shape[1]) : 1;
    const at = this.#size, size = up8(shape[0] ?? 1) * columns;
    this.#size += size;
    this.entries.push({ name, shape, at, columns });
    return (/** @type {"w" | "g"} */ which) => this.all[which].subarray(at, at + size);
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
      const [rows = 1, wide = 1] = shape;
      const values = new Float32Array(rows * wide);
      for (let row = 0; row < rows; row++) values.set(this.all[which].subarray(at + row * columns, at + row * columns + wide), row * wide);
      return [name, { shape, values }];
    }));
  }

  write(tensors) {
    for (const { name, shape: [rows = 1, wide = 1], at, columns } of this.entries) {
      for (let row = 0; row < rows; row++) this.all.w.set(tensors[name].subarray(row * wide, (row + 1) * wide), at + row * columns);
    }
  }
}

/** The shape of each parameter of a model, by network, as `vae_core` names them.
 * @param {any} config a VAEConfig's fields
 * @returns {Record<"encoder" | "decoder", Record<string, number[]>>} */
export function shapesOf(config) {
  const pixels = config.shape.reduce((a, b) => a * b), told = config.conditional ? config.classes.length : 0;
  const of = (/** @type {"encoder" | "decoder"} */ part, inputs, outputs) => {
    const parameters = new Parameters();
    new Network(parameters, part, inputs, config[`${part}_width`], config[`${part}_blocks`], outputs);
    if (part === "decoder" && config.likelihood === "gaussian") parameters.plan("decoder.pixel_logvar", []);
    return Object.fromEntries(parameters.entries.map(({ name, shape }) => [name.slice(part.length + 1), shape]));
  };
  return { encoder: of("encoder", pixels + told, config.objective === "autoencoder" ? 2 : 4), decoder: of("decoder", 2 + told, pixels) };
}

class Linear { // y = W x + b
  inputs; outputs; kernel; turned; x; y; dx; w; gw; b; gb; // turned: room for x, a row for each picture

  constructor(parameters, name, inputs, outputs) {
    [this.inputs, this.outputs] = [up8(inputs), up8(outputs)];
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
  width; rows; y; unit; dx; scale; one; two; w; gw; b; gb; // one, two: a number for each picture

  constructor(parameters, name, width) {
    [this.width, this.rows] = [width, up8(width)];
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

export class Network { // a residual MLP: see core/model.js, which runs the same without a way back
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
