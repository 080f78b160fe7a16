// What the components of a page share: the model, the class and the current code, also for the
// browser's console, where it is called `latentLab`.

const VERSION = new URL(import.meta.url).search;
const { loadModel } = await import(new URL("vae.js" + VERSION, import.meta.url));

export const LIMIT = 6; // of the coordinates of the current code

export class Lab {
  descriptions = {}; // of the models there are, by name
  model = null; // the description of the one in use
  net = null; // the same, loaded; null until then
  failed = ""; // why it could not be loaded
  ready = null; // a promise, kept when it is loaded
  label = null; // the class to decode as, for a model that is told one
  z = [0, 0];
  ends = null; // of the path: codes A and B
  steps = 2; // pictures along it, both ends included
  geodesic = null; // between them: codes close together, at equal steps of length; null until it is known
  held = 0; // which end was moved last
  pressed = false; // whether a pointer is
  walker = null; // where the animation along the path is
  seen = null; // q(z|x) of the picture on the tab Reconstruct: { mean, std }
  density = null; // p(z|x) of it: { cells, modes }
  drawing = false; // whether a stroke goes on: what the server says then is of an older picture
  #listeners = new Set();

  // Call back with each change, named "model", "z", "path", "geodesic", "walker", "seen" or "density",
  // as long as the element is there.
  listen(element, callback) { this.#listeners.add({ element, callback, met: false }); }

  tell(what) {
    for (const listener of this.#listeners) {
      const there = listener.element.isConnected;
      if (there) listener.callback(what);
      else if (listener.met) this.#listeners.delete(listener);
      listener.met ||= there;
    }
  }

  use(description, label) {
    this.label = !description.conditional ? null
      : description.classes.includes(label) ? label : description.classes[0];
    this.geodesic = null;
    if (description.decoder !== this.model?.decoder || this.failed) {
      Object.assign(this, { model: description, net: null, failed: "" });
      const stillWanted = (change) => { if (this.model === description) Object.assign(this, change); };
      this.ready = loadModel(description)
        .then((net) => stillWanted({ net }), (error) => stillWanted({ failed: error.message }))
        .then(() => this.tell("model"));
    }
    this.tell("model");
    return this.ready;
  }

  setZ(z1, z2) {
    if (![z1, z2].every(Number.isFinite)) return; // a field may be empty
    const z = tidy([z1, z2]);
    if (z[0] === this.z[0] && z[1] === this.z[1]) return;
    this.z = z;
    this.tell("z");
  }

  setPath(ends, steps = this.steps) {
    if (![...ends.flat(), steps].every(Number.isFinite)) return;
    const [known, path] = [[this.ends, this.steps], [ends.map(tidy), steps]];
    if (JSON.stringify(path) === JSON.stringify(known)) return;
    [this.ends, this.steps, this.geodesic] = [...path, null];
    this.tell("path");
  }

  along(share, curve = this.ends) { // the code at a share of the way from A to B
    const place = share * (curve.length - 1);
    const before = Math.min(Math.floor(place), curve.length - 2);
    const [a, b] = curve.slice(before, before + 2);
    return a.map((value, axis) => value + (place - before) * (b[axis] - value));
  }

  path(curve) { return Array.from({ length: this.steps }, (_, k) => this.along(k / (this.steps - 1), curve)); }

  set(what, value) { // of the geodesic, the walker, or the picture on the tab Reconstruct
    this[what] = value;
    this.tell(what);
  }

  // q(z|x) of an image, { mean, std, label }. A model that is told the class tries them all and takes
  // the one with the least rate + distortion, at the mean: what the server does, with one code each.
  encode(pixels) {
    const { net } = this;
    const tried = net.conditional ? net.classes : [null];
    const found = tried.map((label) => {
      const { mean, logvar } = net.encode(pixels, label);
      const std = net.probabilistic ? logvar.map((value) => Math.exp(value / 2)) : null;
      if (tried.length === 1) return { mean, std, label, loss: 0 };
      const rate = std ? mean.reduce((sum, m, k) => sum + 0.5 * (m ** 2 + std[k] ** 2 - 1 - logvar[k]), 0) : 0;
      return { mean, std, label, loss: rate + net.distortion(pixels, mean, label) };
    });
    return found.reduce((best, one) => (one.loss < best.loss ? one : best));
  }

  decode(z1, z2, label = this.label) { return this.net.decode(z1, z2, label); }
}

const tidy = (z) => z.map((value) => Number(Math.min(Math.max(value, -LIMIT), LIMIT).toFixed(4)));

export const lab = new Lab();

// The model that the tab Compare sets beside it: always at the same code and on the same path.
export const other = new Lab();
lab.listen(document.documentElement, (what) => {
  if (what === "z") other.setZ(...lab.z);
  if (what === "path") other.setPath(lab.ends, lab.steps);
});
other.listen(document.documentElement, (what) => { if (what === "z") lab.setZ(...other.z); });

export const shown = (z) => `(${z.map((value) => value.toFixed(2).replace("-", "−")).join(", ")})`;

// One sentence for every place where a picture is missing.
export const APOLOGY = "This browser could not load the model, so pictures come from the server, "
  + "as soon as the pointer rests.";

const numbers = (what, ...values) => {
  if (!values.every(Number.isFinite)) throw new TypeError(`${what}: expected numbers, got ${values}`);
};

let said = [0, 0]; // by the sliders, when they were asked last

window.latentLab = {
  get ready() { return lab.ready; },
  get models() { return Object.keys(lab.descriptions); },
  get model() { return lab.model.name; },
  get z() { return [...lab.z]; },
  get seen() { return lab.seen; }, // q(z|x) of the picture on the tab Reconstruct: { mean, std }
  get density() { return lab.density; }, // p(z|x) of it: cells [z1, z2, width, nats below the highest]
  setZ(z1, z2) { numbers("setZ", z1, z2); lab.setZ(z1, z2); },
  decode(z1, z2) {
    numbers("decode", z1, z2);
    if (!lab.net) throw new Error(lab.failed || "decode: first await latentLab.ready");
    return Float32Array.from(lab.decode(z1, z2));
  },
  async encode(pixels, label = lab.label) { // as many numbers in [0, 1] as decode gives
    await lab.ready;
    const { net } = lab;
    await net.loadEncoder();
    if (pixels.length !== net.shape.reduce((a, b) => a * b)) throw new TypeError(`encode: expected ${net.shape.join(" x ")} numbers`);
    return net.encode(pixels, label);
  },

  more: "compare", // the tab that is open under More

  // What a teacher sends as a link opens as it is here: the address has the model, the code and the tab.
  keep(change) {
    const url = new URL(location);
    for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value);
    history.replaceState(history.state, "", url);
  },

  // For Gradio's events. Both take over what Gradio's own components say. What they return is what is
  // to be asked of the server: `asked`, which was asked before, if the browser needs nothing.
  follow(z1, z2, name, label, asked) {
    const description = lab.descriptions[name];
    if (description && (description !== lab.model || label !== lab.label)) lab.use(description, label);
    // The sliders follow the code one after the other: each tells something new only if it has moved
    // to another place than the code has.
    const now = [z1, z2];
    const news = (axis) => now[axis] !== said[axis] && now[axis] !== this.sliders[axis];
    if (!lab.pressed) lab.setZ(...lab.z.map((value, axis) => (news(axis) ? now[axis] : value)));
    said = now;
    return this.wanted(name, label, asked);
  },
  get sliders() { return lab.z.map((value) => Math.round(100 * value) / 100); },
  wanted(name, label, asked) { return lab.failed ? JSON.stringify([...lab.z, name, label]) : asked; },
  followPath(a1, a2, b1, b2, steps, name, label, asked) {
    if (!lab.pressed) lab.setPath([[a1, a2], [b1, b2]], steps);
    return lab.failed ? JSON.stringify([a1, a2, b1, b2, steps, name, label]) : asked;
  },
  picked: null, // the class of a picture on the tab Change the class
  get ends() { return lab.ends?.flat() ?? null; },
  get held() { return lab.held; },
};
