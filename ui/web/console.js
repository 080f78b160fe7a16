// The lab in the browser's console, where it is called `latentLab`: docs/browser.md shows what it can.

import { encodingsOf } from "./core/encodings.js";
import { complete, posterior } from "./core/exact.js";
import { MOST, SOURCES, drawCodes } from "./core/generate.js";
import { encode, measure } from "./core/look.js";
import { loadModel } from "./core/model.js";
import { shortest } from "./core/shortest.js";
import { link } from "./link.js";
import { lab } from "./store.js";

const MOST_SAMPLES = 1000, MOST_STEPS = 1000;
let asked = 0; // questions of the console do not take the place of each other

const numbers = (what, ...values) => {
  if (!values.every(Number.isFinite)) throw new TypeError(`${what}: expected numbers, got ${values}`);
};

async function encoder(pixels, what) { // the model in use, with its encoder
  await lab.ready;
  const { net } = lab;
  if (!net) throw new Error(`${what}: ${lab.failed.message}`);
  const size = net.shape.reduce((a, b) => a * b);
  if (pixels?.length !== size || !Array.prototype.every.call(pixels, (value) => value >= 0 && value <= 1)) {
    throw new TypeError(`${what}: expected ${net.shape.join(" x ")} numbers from 0 to 1`);
  }
  await net.loadEncoder();
  return net;
}

export const latentLab = {
  get ready() { return lab.ready; },
  get models() { return Object.keys(lab.descriptions); },
  get model() { return lab.model?.name; },
  get z() { return [...lab.z]; },
  get tab() { return lab.tab; },
  get ends() { return lab.ends; }, // of the path
  get seen() { return lab.seen; }, // q(z|x) of the picture: { mean, std, ... }
  setZ(z1, z2) { numbers("setZ", z1, z2); lab.setZ(z1, z2); },
  use(name, label = undefined) {
    const description = lab.descriptions[name];
    if (!description) throw new TypeError(`use: there is no model ${name}; expected one of ${this.models.join(", ")}`);
    return lab.use(description, label);
  },
  decode(z1, z2) {
    numbers("decode", z1, z2);
    if (!lab.net) throw new Error(lab.failed?.message ?? "decode: first await latentLab.ready");
    return Float32Array.from(lab.decode(z1, z2));
  },
  /** q(z|x) of as many numbers in [0, 1] as decode gives: { mean, logvar, std, label }. */
  async encode(pixels, label = undefined) {
    const net = await encoder(pixels, "encode");
    if (label !== undefined && !net.classes.includes(label)) throw new TypeError(`encode: there is no class ${label}; expected one of ${net.classes.join(", ")}`);
    return label === undefined ? encode(net, pixels) : { label, ...net.encode(pixels, label) };
  },
  /** { rate, distortion, elbo } in nats; rate and elbo are null for a plain autoencoder. */
  async elbo(pixels) {
    const net = await encoder(pixels, "elbo");
    return measure(net, { image: pixels, ...encode(net, pixels) });
  },
  /** p(z|x) by Bayes' rule: { log_prob, modes, kl_q_p, percentile }. */
  async posterior(pixels) {
    const net = await encoder(pixels, "posterior");
    const logProbs = (await encodingsOf(net)).log_prob;
    const found = await posterior(net, { image: Float32Array.from(pixels), ...encode(net, pixels) }, { logProbs, asker: `console ${++asked}` });
    return { log_prob: found.logProb, modes: found.modes, kl_q_p: found.klQP, percentile: found.percentile };
  },
  /** What a picture may be where `mask` is 0: { mean, samples, bits }; bits are what was learned of the code. */
  async complete(pixels, mask, samples = 8, seed = 0) {
    const net = await encoder(pixels, "complete");
    if (mask?.length !== pixels.length) throw new TypeError(`complete: expected a mask of ${pixels.length} numbers, 1 where a pixel is known and 0 where it is hidden`);
    if (!(samples >= 0 && samples <= MOST_SAMPLES)) throw new TypeError(`complete: expected 0 to ${MOST_SAMPLES} samples, got ${samples}`);
    const { label } = encode(net, pixels);
    const found = await complete(net, pixels, Uint8Array.from(mask), { samples, seed, label, asker: `console ${++asked}` });
    return { mean: found.mean, samples: found.samples, bits: found.informationBits };
  },
  /** The path along which the picture changes least in all: { codes, length, straight_length }; with stay, near the data. */
  async geodesic(a, b, steps = 11, { stay = false } = {}) {
    numbers("geodesic", ...a, ...b);
    if (!(Number.isInteger(steps) && steps >= 2 && steps <= MOST_STEPS)) throw new TypeError(`geodesic: expected 2 to ${MOST_STEPS} steps, got ${steps}`);
    await lab.ready;
    if (!lab.net) throw new Error(`geodesic: ${lab.failed.message}`);
    const found = await shortest(lab.net, [a, b], steps, { label: lab.label, stay, asker: `console ${++asked}` });
    return { codes: found.codes, length: found.length, straight_length: found.straightLength };
  },
  /** Codes drawn at random and what stands there: { codes, pictures }. source: "prior", "aggregate", "around" (z, radius) or "class" (label). */
  async generate({ source = "prior", n = 16, seed = 0, temperature = 1, z = lab.z, radius = 0.3, label = lab.label } = {}) {
    await lab.ready;
    const { net } = lab;
    if (!net) throw new Error(`generate: ${lab.failed.message}`);
    numbers("generate", temperature, radius, ...z);
    if (!SOURCES.includes(source)) throw new TypeError(`generate: there is no source ${source}; expected one of ${SOURCES.join(", ")}`);
    for (const [name, value] of Object.entries({ n, seed })) {
      if (!(Number.isInteger(value) && value >= (name === "n" ? 1 : 0) && value <= MOST[name])) throw new TypeError(`generate: ${name} is ${value}; expected a whole number of at most ${MOST[name]}`);
    }
    if ((source === "class" || net.conditional) && !net.classes.includes(label)) throw new TypeError(`generate: there is no class ${label}; expected one of ${net.classes.join(", ")}`);
    const codes = drawCodes(net, await encodingsOf(net), { source, n, seed, temperature, z, radius, label });
    return { codes, pictures: codes.map(([z1, z2]) => Float32Array.from(net.decode(z1, z2, label))) };
  },
  /** A model trained in a worker, which the list then has: { elbo, log_prob, knn, steps, name }, nats per held-out picture. data: "digits",
   * "imagined", or { images, labels, classes, shape } with pictures one after the other; recipe: see core/train/training.js. */
  async train({ data = "digits", recipe = {}, seed = 1, steps = 3000 } = {}) {
    const { trainAlone } = await import("./core/train/alone.js");
    const { addTrained } = await import("./mine.js");
    const imaginer = data === "imagined" ? await loadModel(lab.descriptions["mnist-cvae"]) : null;
    const { figures, result } = await trainAlone({ data, recipe: { ...recipe, seed }, steps, imaginer });
    return { elbo: figures.elbo, log_prob: figures.logProb, knn: figures.knn, steps: figures.steps, name: await addTrained(result) };
  },
  /** The gradient of the model's loss by every parameter, for pictures one after the other and two numbers of noise for each code. */
  async gradients(pixels, noise) {
    await lab.ready;
    const { gradientsOf } = await import("./core/train/alone.js");
    if (!lab.net) throw new Error(`gradients: ${lab.failed.message}`);
    return gradientsOf(lab.net, Float32Array.from(pixels), Float32Array.from(noise));
  },
  link,
};

Object.assign(globalThis, { latentLab });
