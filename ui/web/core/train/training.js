// A training: what is trained on, step by step, and how far it is. The same seed gives the same result on the same machine.

import { random } from "../random.js";
import { accuracy, bound, logProbs } from "./exact.js";
import { TrainableVAE } from "./gradients.js";

const HELD_OUT = 3; // one in so many pictures is held out, for testing
const MOST_TEST = 1000; // of them
const SPLIT_SEED = 1; // the same for all trainings, so that they are tested alike
const WARM = 50; // steps over which the learning rate rises
const BATCH = 64; // pictures at once, at least, when the plane is decoded and pictures are encoded
const CODES = 256;
const SIDE = 80, FINE_SIDE = 160; // cells along each axis, and where posteriors are narrower than a cell
const MOMENTS = 25, LONGER = 1.35; // of the history, and how much later the next one is
const LEAST_SPREAD = 1e-3; // of codes that are not all alike
const SHARE = 0.98; // of the running mean of rate and distortion that stays with each step

/** What a visitor chooses. `fresh`: whether Bernoulli pixels are drawn anew in every step ("dynamic binarization").
 * @typedef {{ objective: "elbo" | "iwae" | "autoencoder", beta: number, samples: number, width: number, blocks: number,
 *   likelihood: "bernoulli" | "gaussian", rate: number, batch: number, seed: number, fresh: boolean }} Recipe */

/** @type {Recipe} */
export const DEFAULTS = { objective: "elbo", beta: 1, samples: 5, width: 64, blocks: 1, likelihood: "bernoulli", rate: 3e-3, batch: 64, seed: 1, fresh: true };

export class Training {
  /** @type {import("./data.js").DataSet} */ set;
  /** @type {Recipe} */ recipe;
  steps = 0;
  /** @type {number[]} */ train; // places of the pictures in the set
  /** @type {number[]} */ test;
  /** @type {number[]} */ order = []; // of the pictures that this pass has not yet had
  /** @type {Float32Array} */ images; // of a step

  /** @param {import("./data.js").DataSet} set
   * @param {Recipe} recipe */
  constructor(set, recipe) {
    this.set = set;
    this.recipe = { ...recipe };
    this.size = set.shape.reduce((a, b) => a * b);
    [this.train, this.test] = split(set);
    this.batch = Math.min(recipe.batch, this.train.length);
    this.samples = recipe.objective === "iwae" ? recipe.samples : 1;
    const most = Math.max(this.batch, BATCH), { width, blocks, objective, likelihood } = recipe;
    this.model = new TrainableVAE({ shape: set.shape, objective, likelihood, encoder: [width, blocks], decoder: [width, blocks] },
      { most, samples: Math.max(this.samples, Math.ceil(CODES / most)), scored: this.test.length });
    this.random = random(recipe.seed);
    this.model.begin(this.random);
    this.images = new Float32Array(this.batch * this.size);
    this.noise = new Float32Array(this.samples * this.batch * 2);
    this.held = { images: this.pick(this.test), label: Uint8Array.from(this.test, (i) => set.labels[i]) };
    /** @type {{ rate: number, distortion: number, total: number }} */
    this.running = null;
    this.moments = [];
    this.next = 0;
    this.#remember();
  }

  /** Pictures one after the other. */
  pick(indices) {
    const found = new Float32Array(indices.length * this.size);
    indices.forEach((index, k) => found.set(this.set.images.subarray(index * this.size, (index + 1) * this.size), k * this.size));
    return found;
  }

  step() {
    const { recipe, batch } = this;
    if (this.order.length < batch) this.order = shuffled(this.train, this.random);
    this.images.set(this.pick(this.order.splice(0, batch)));
    if (recipe.fresh && recipe.likelihood === "bernoulli") {
      for (let i = 0; i < this.images.length; i++) this.images[i] = Number(this.random.uniform() < this.images[i]);
    }
    for (let i = 0; i < this.noise.length; i++) this.noise[i] = this.random.normal();
    const { total, rate, distortion } = this.model.gradients(this.images, this.noise, recipe);
    this.model.step(recipe.rate * Math.min(1, ++this.steps / WARM));
    if (!Number.isFinite(total)) throw new Error("not finite");
    const mean = (/** @type {"total" | "rate" | "distortion"} */ name, now) => (this.running ? SHARE * this.running[name] + (1 - SHARE) * now : now);
    this.running = { total: mean("total", total), rate: mean("rate", rate), distortion: mean("distortion", distortion) };
    if (this.steps >= this.next) this.#remember();
  }

  #remember() { // a moment of the history; of too many, each second one stays
    const { mean, rate, distortion } = bound(this.model, this.held.images, 2);
    const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    this.moments.push({ epoch: (this.steps * this.batch) / this.train.length, mean, rate: average(rate), distortion: average(distortion) });
    this.next = Math.max(this.steps + 5, Math.ceil(this.steps * LONGER));
    if (this.moments.length > MOMENTS) this.moments = this.moments.filter((_, k) => k % 2 === 0);
  }

  /** Posterior means of some pictures, two numbers each. */
  means(images) {
    const found = new Float32Array((2 * images.length) / this.size), { most } = this.model;
    for (let first = 0; first < found.length / 2; first += most) {
      found.set(this.model.encode(images.subarray(first * this.size, (first + most) * this.size)).mean, 2 * first);
    }
    return found;
  }

  /** The held-out pictures: how well they are told, in nats per picture. An autoencoder has no log p(x).
   * @returns {{ steps: number, logProb: number | null, elbo: number | null, rate: number | null, distortion: number, knn: number | null }} */
  measure() {
    const { mean, logvar, rate, distortion } = bound(this.model, this.held.images, 2);
    const average = (/** @type {ArrayLike<number>} */ values) => Array.prototype.reduce.call(values, (sum, value) => sum + value, 0) / values.length;
    const { point } = this.model;
    const lost = average(distortion), cost = point ? null : average(rate);
    return {
      steps: this.steps, distortion: lost, rate: cost, elbo: point ? null : -(cost + lost),
      logProb: point ? null : average(logProbs(this.model, this.held.images, this.#side(logvar))),
      knn: this.set.classes.length < 2 ? null
        : accuracy(mean, this.held.label, { mean: this.means(this.pick(this.train)), label: Uint8Array.from(this.train, (i) => this.set.labels[i]) }),
    };
  }

  #side(logvar) {
    const middle = Math.exp(0.5 * Float32Array.from(logvar).sort()[logvar.length >> 1]);
    return middle < 10 / SIDE ? FINE_SIDE : SIDE;
  }

  /** One picture on its way there and back, without a step: what a step would do with it. */
  slow(index, seed) {
    const { normal, uniform } = random(seed), noise = Float32Array.of(normal(), normal()), { recipe, model } = this;
    const picture = this.pick([this.train[index % this.train.length]]);
    const image = recipe.fresh && recipe.likelihood === "bernoulli" ? picture.map((value) => Number(uniform() < value)) : picture;
    const { q, z, toQ, rate, distortion, total } = model.gradients(image, noise, { ...recipe, objective: model.point ? "autoencoder" : "elbo" });
    const columns = 8, axis = (array, row) => [array[row * columns], array[(row + 1) * columns]];
    const found = {
      image, mean: axis(q, 0), std: model.point ? null : axis(q, 2).map((logvar) => Math.exp(0.5 * logvar)), noise: [...noise],
      z: axis(z, 0), towards: axis(toQ, 0).map((slope) => -slope), rate, distortion, total,
    };
    return { ...found, decoded: this.decode(Float32Array.from(found.z)) };
  }

  /** Expected pictures of codes, one after the other. */
  decode(codes) {
    const found = new Float32Array((codes.length / 2) * this.size), { codes: most } = this.model;
    for (let first = 0; first < codes.length / 2; first += most) {
      const some = codes.subarray(2 * first, 2 * (first + most)), logits = this.model.logits(some);
      const columns = 8 * Math.ceil(some.length / 16);
      for (let k = 0; k < some.length / 2; k++) {
        for (let i = 0; i < this.size; i++) found[(first + k) * this.size + i] = 1 / (1 + Math.exp(-logits[i * columns + k]));
      }
    }
    return found;
  }

  /** What weights/<name>/ holds of a model: its configuration, parameters, encoded test pictures and history. */
  result() {
    this.#remember();
    const { set, recipe, model, held, moments } = this, before = model.parameters.read("w");
    const move = model.point ? this.#standardize(before) : (/** @type {number} */ code) => code;
    const { mean, logvar, rate, distortion } = bound(model, held.images, 8);
    const logProb = Float32Array.from(logProbs(model, held.images, FINE_SIDE)), parameters = Object.entries(model.parameters.read("w"));
    if (model.point) this.#write(before);
    const of = (/** @type {string} */ part) => Object.fromEntries(parameters.filter(([name]) => name.startsWith(part)).map(([name, one]) => [name.slice(part.length + 1), one]));
    return {
      config: {
        dataset: set.dataset, shape: set.shape, classes: set.classes, preparation: set.preparation, likelihood: recipe.likelihood,
        conditional: false, objective: recipe.objective, beta: recipe.beta, encoder_width: recipe.width, encoder_blocks: recipe.blocks,
        decoder_width: recipe.width, decoder_blocks: recipe.blocks,
      },
      encoder: of("encoder"), decoder: of("decoder"),
      encodings: { mean, logvar, rate, distortion, label: held.label, log_prob: logProb },
      history: {
        epoch: Float32Array.from(moments, (one) => one.epoch), rate: Float32Array.from(moments, (one) => one.rate),
        distortion: Float32Array.from(moments, (one) => one.distortion),
        mean: Float32Array.from(moments.flatMap((one) => Array.from(one.mean, move))),
      },
    };
  }

  #write(parameters) { this.model.parameters.write(Object.fromEntries(Object.entries(parameters).map(([name, { values }]) => [name, values]))); }

  // Nothing says where an autoencoder's codes are: mean 0 and deviation 1 along each axis, as vae_core.train leaves them. The
  // change is undone in the decoder's first layer.
  #standardize(parameters) {
    const codes = this.means(this.pick(this.train)), n = codes.length / 2, { blocks } = this.recipe;
    const shift = [0, 1].map((axis) => codes.reduce((sum, value, i) => sum + (i % 2 === axis ? value / n : 0), 0));
    const spread = [0, 1].map((axis) => Math.sqrt(codes.reduce((sum, value, i) => sum + (i % 2 === axis ? (value - shift[axis]) ** 2 / n : 0), 0)));
    const scale = spread.map((value) => (value > LEAST_SPREAD ? value : 1));
    const changed = Object.fromEntries(Object.entries(parameters).map(([name, { values }]) => [name, { values: values.slice() }]));
    const [first, bias, last, end] = ["decoder.0.weight", "decoder.0.bias", `encoder.${blocks + 3}.weight`, `encoder.${blocks + 3}.bias`].map((name) => changed[name].values);
    for (let row = 0; row < bias.length; row++) {
      bias[row] += first[2 * row] * shift[0] + first[2 * row + 1] * shift[1];
      for (const axis of [0, 1]) first[2 * row + axis] *= scale[axis];
    }
    last.forEach((value, i) => { last[i] = value / scale[Math.floor((2 * i) / last.length)]; });
    end.forEach((value, axis) => { end[axis] = (value - shift[axis]) / scale[axis]; });
    this.#write(changed);
    return (/** @type {number} */ code, /** @type {number} */ i) => (code - shift[i % 2]) / scale[i % 2];
  }
}

/** Indices to train on and to test on; copies of a picture stay with it. */
function split(set) {
  const origins = shuffled([...new Set(set.origin)], random(SPLIT_SEED));
  const out = new Set(origins.slice(0, Math.min(Math.floor(origins.length / HELD_OUT), MOST_TEST)));
  const all = Array.from(set.labels.keys());
  const test = all.filter((i) => out.has(set.origin[i])).slice(0, MOST_TEST);
  return [all.filter((i) => !out.has(set.origin[i])), test];
}

function shuffled(values, { below }) { // Fisher and Yates
  const found = [...values];
  for (let i = found.length - 1; i > 0; i--) {
    const k = below(i + 1);
    [found[i], found[k]] = [found[k], found[i]];
  }
  return found;
}
