// The lab in the browser's console, where it is called `latentLab`: docs/browser.md shows what it can.

import { lab } from "./store.js";
import { link } from "./link.js";

const numbers = (what, ...values) => {
  if (!values.every(Number.isFinite)) throw new TypeError(`${what}: expected numbers, got ${values}`);
};

export const latentLab = {
  get ready() { return lab.ready; },
  get models() { return Object.keys(lab.descriptions); },
  get model() { return lab.model.name; },
  get z() { return [...lab.z]; },
  get seen() { return lab.seen; }, // q(z|x) of the picture: { mean, std, ... }
  setZ(z1, z2) { numbers("setZ", z1, z2); lab.setZ(z1, z2); },
  use(name, label = undefined) {
    const description = lab.descriptions[name];
    if (!description) throw new TypeError(`use: there is no model ${name}; expected one of ${this.models.join(", ")}`);
    return lab.use(description, label);
  },
  decode(z1, z2) {
    numbers("decode", z1, z2);
    if (!lab.net) throw new Error(lab.failed || "decode: first await latentLab.ready");
    return Float32Array.from(lab.decode(z1, z2));
  },
  async encode(pixels, label = lab.label) { // as many numbers in [0, 1] as decode gives
    await lab.ready;
    const { net } = lab;
    await net.loadEncoder();
    const size = net.shape.reduce((a, b) => a * b);
    if (pixels.length !== size) throw new TypeError(`encode: expected ${net.shape.join(" x ")} numbers`);
    return net.encode(pixels, label);
  },
  link,
};

Object.assign(globalThis, { latentLab });
