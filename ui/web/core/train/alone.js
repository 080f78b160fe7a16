// Training and gradients without a page around them, as the console and tests ask for them.

import { readTensors } from "../safetensors.js";
import { digits, imagined } from "./data.js";
import { TrainableVAE } from "./gradients.js";
import { Trainer } from "./trainer.js";
import { DEFAULTS } from "./training.js";

/** @param {{ data: any, recipe: Partial<import("./training.js").Recipe>, steps: number, imaginer: import("../model.js").Model | null }} wanted */
export async function trainAlone({ data, recipe, steps, imaginer }) {
  if (!(Number.isInteger(steps) && steps >= 1)) throw new TypeError(`train: steps is ${steps}; expected a whole number of at least 1`);
  const unknown = Object.keys(recipe).find((name) => !(name in DEFAULTS));
  if (unknown) throw new TypeError(`train: recipe has no ${unknown}; expected some of ${Object.keys(DEFAULTS).join(", ")}`);
  const set = data === "digits" ? await digits() : data === "imagined" ? await imagined(imaginer) : given(data);
  return new Promise((done, failed) => {
    const trainer = new Trainer({
      stopped: (why) => { trainer.end(); failed(new Error(`train: ${why}`)); },
      paused: async () => {
        const [figures, result] = await Promise.all([trainer.ask("measure"), trainer.ask("result")]);
        trainer.end();
        done({ figures, result });
      },
    });
    trainer.ask("begin", { set, recipe: { ...DEFAULTS, likelihood: set.likelihood, ...recipe } })
      .then(() => trainer.ask("run", { steps })).catch((error) => { trainer.end(); failed(error); });
  });
}

function given({ images, labels, classes = [], shape, preparation = "thing", likelihood = "bernoulli" }) {
  const size = shape?.reduce((a, b) => a * b), n = images?.length / size;
  if (!(Number.isInteger(n) && n >= 6 && labels?.length === n)) throw new TypeError("train: expected images of the shape, at least six, one after the other, and as many labels");
  return {
    dataset: "folder", shape, preparation, likelihood, classes, images: Float32Array.from(images), labels: Uint8Array.from(labels),
    origin: Int32Array.from({ length: n }, (_, k) => k), factors: null,
  };
}

/** @param {import("../model.js").Model} net not a conditional one
 * @returns {Promise<{ total: number, rate: number, distortion: number, gradients: Record<string, Float32Array> }>} */
export async function gradientsOf(net, images, noise) {
  const size = net.shape.reduce((a, b) => a * b), count = images.length / size, samples = noise.length / (2 * count);
  if (net.conditional || net.objective === "exact") throw new TypeError("gradients: expected a model that was trained by a bound and is not told the class");
  if (!(Number.isInteger(count) && count >= 1 && Number.isInteger(samples) && samples >= 1)) throw new TypeError(`gradients: expected pictures of ${size} numbers, one after the other, and two numbers of noise for each of their codes`);
  const tensors = {};
  for (const part of /** @type {const} */ (["encoder", "decoder"])) {
    for (const [name, values] of Object.entries(await readTensors(net[part]))) tensors[`${part}.${name}`] = values;
  }
  const of = (/** @type {string} */ part) => /** @type {[number, number]} */ ([tensors[`${part}.0.bias`].length, Object.keys(tensors).filter((name) => name.startsWith(part) && name.endsWith(".up.weight")).length]);
  const model = new TrainableVAE({ shape: net.shape, objective: net.objective, likelihood: net.gaussian ? "gaussian" : "bernoulli", encoder: of("encoder"), decoder: of("decoder") }, { most: count, samples });
  model.parameters.write(tensors);
  const { total, rate, distortion } = model.gradients(images, noise, net);
  return { total, rate, distortion, gradients: Object.fromEntries(Object.entries(model.parameters.read("g")).map(([name, { values }]) => [name, values])) };
}
