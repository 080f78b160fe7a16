// The one state of the page, and who listens. Parts and tabs read it and change it by its methods;
// it knows nothing of them. Of the hosts it knows what they are asked: `Host` in types.d.ts.

import { Fault } from "./core/fault.js";
import { look, measure } from "./core/look.js";
import { loadModel } from "./core/model.js";

export const LIMIT = 6; // of the coordinates of the current code
const REST = 200; // milliseconds without a change, after which what takes long is begun

/** @typedef {"model" | "models" | "z" | "rest" | "path" | "second" | "geodesic" | "walker" | "picture" | "seen" | "measured" | "posterior" | "preparing" | "tab" | "fold" | "lesson" | "mask" | "notice" | "undo"} Change */

/** @typedef {"none" | "near" | "shortest"} Second */

export class Store {
  /** @type {Host} */ host = null;
  /** @type {Record<string, Description>} */ descriptions = {};
  /** @type {Description} */ model = null; // the one in use
  /** @type {import("./core/model.js").Model} */ net = null; // the same, loaded; null until then
  /** @type {Error} */ failed = null; // why it could not be loaded
  /** @type {Promise<void>} */ ready = null; // kept when it is loaded
  label = null; // the class to decode as, for a model that is told one
  /** @type {Code} */ z = [0, 0];
  /** @type {Code[]} */ ends = null; // of the path: codes A and B
  steps = 11; // pictures along it, both ends included
  /** @type {Second} */ second = "none"; // which path is found beside the straight one
  geodesic = null; // that one, see core/geodesic.js; null until it is known
  held = 0; // which end was moved last
  pressed = false; // whether a pointer is
  /** @type {Code} */ walker = null; // where the animation along the path is
  /** @type {Picture} */ picture = null;
  /** @type {Seen} */ seen = null; // null too if the model sees nothing in the picture: then `blank`
  /** @type {string | Error} */ blank = ""; // why: a key of words.pictures, or what kept the encoder from being loaded
  /** @type {Uint8Array} */ mask = null; // of the tab Complete: 1 where a pixel is known
  /** What a link says of the first picture, until it is there.
   * @type {{ example: number | null, strokes: number[][][] | null, mask: Uint8Array | null, z: number[] | null }} */ asked = { example: null, strokes: null, mask: null, z: null };
  follows = true; // whether the code is the picture's, whenever there is another picture
  #another = false; // whether there is one that was not yet seen
  #chosen = false; // whether a class was asked for since then
  #readAs = false; // whether its class is to be taken over, once the hand rests
  /** @type {Measured} */ measured = null;
  /** @type {ExactPosterior} */ posterior = null;
  /** How the posterior is computed; session.js sets it, so that the store needs no worker. */
  infer = async (/** @type {Seen} */ _seen) => /** @type {ExactPosterior} */ (null);
  preparing = 1; // the share of the plane that is decoded, for the first posterior of a model
  tab = "reconstruct";
  lesson = 1; // the stop of the lesson
  /** @type {string} */ fold = null; // of a tab, if one is open that a link may name
  notice = ""; // what came of a file that was dropped on the page
  #listeners = new Set();
  #resting = 0;
  #turn = 0; // of the pictures: what is late belongs to an older one

  /** Call back with each change, as long as the element is there.
   * @param {Element} element
   * @param {(what: Change) => void} callback */
  listen(element, callback) { this.#listeners.add({ element, callback, met: false }); }

  /** @param {Change} what */
  tell(what) {
    for (const listener of this.#listeners) {
      const there = listener.element.isConnected;
      if (there) listener.callback(what);
      else if (listener.met) this.#listeners.delete(listener);
      listener.met ||= there;
    }
  }

  /** @param {Description} description
   * @param {string} [label] a class that is asked for, which then goes before that of the picture */
  use(description, label) {
    if (label !== undefined) [this.#readAs, this.#chosen] = [false, true];
    const wanted = label ?? this.label;
    this.label = !description.conditional ? null
      : description.classes.includes(wanted) ? wanted : description.classes[0];
    this.geodesic = null;
    if (description !== this.model || this.failed) {
      this.#turn++; // a posterior that is on its way is another model's
      Object.assign(this, { model: description, net: null, failed: null, seen: null, measured: null, posterior: null });
      const stillWanted = (/** @type {Partial<Store>} */ change) => {
        if (this.model === description) Object.assign(this, change);
      };
      this.ready = (description.problem ? Promise.reject(new Fault(...description.fault)) : loadModel(description))
        .then((net) => stillWanted({ net }), (failed) => stillWanted({ failed }))
        .then(() => {
          if (this.model !== description) return;
          this.tell("model");
          this.#see();
        });
    }
    this.tell("model");
    this.#rest();
    return this.ready;
  }

  /** A model of the visitor's own, new or trained anew.
   * @param {Description} description */
  add(description) {
    this.descriptions[description.name] = description;
    this.tell("models");
    if (this.model?.name === description.name) this.use(description);
  }

  remove(/** @type {string} */ name) {
    delete this.descriptions[name];
    this.tell("models");
    if (this.model?.name === name) this.use(Object.values(this.descriptions)[0]);
  }

  setZ(z1, z2) {
    if (![z1, z2].every(Number.isFinite)) return; // a field may be empty
    const z = tidy([z1, z2]);
    if (z[0] === this.z[0] && z[1] === this.z[1]) return;
    this.z = z;
    this.tell("z");
    this.#rest();
  }

  setPath(ends, steps = this.steps) {
    if (![...ends.flat(), steps].every(Number.isFinite)) return;
    const [known, path] = [[this.ends, this.steps], [ends.map(tidy), steps]];
    if (JSON.stringify(path) === JSON.stringify(known)) return;
    [this.ends, this.steps, this.geodesic] = [...path, null];
    this.tell("path");
    this.#rest();
  }

  /** Another path beside the straight one: near the data, or the shortest in pictures. */
  findSecond(/** @type {Second} */ second) {
    [this.second, this.geodesic] = [second, null];
    this.tell("second");
    this.#rest();
  }

  along(share, curve = this.ends) { // the code at a share of the way from A to B
    const place = share * (curve.length - 1);
    const before = Math.min(Math.floor(place), curve.length - 2);
    const [a, b] = curve.slice(before, before + 2);
    return a.map((value, axis) => value + (place - before) * (b[axis] - value));
  }

  path(curve = this.ends) {
    return Array.from({ length: this.steps }, (_, k) => this.along(k / (this.steps - 1), curve));
  }

  set(what, value) { // of the geodesic, the walker, the mask, the tab or the fold
    this[what] = value;
    this.tell(what);
  }

  /** Another picture, or the same with more strokes or another crop: what follows is computed anew.
   * @param {Picture | null} picture none: all that followed from the last one goes
   */
  take(picture) {
    this.picture = picture;
    [this.#another, this.#chosen] = [true, false];
    this.tell("picture");
    if (picture) return this.#see();
    this.#turn++;
    Object.assign(this, { seen: null, blank: "", measured: null, posterior: null });
    this.tell("seen");
    return Promise.resolve();
  }

  // q(z|x) at once if the encoder is there; rate, distortion and posterior once the hand rests.
  async #see() {
    const { net, picture } = this;
    if (!net || !picture) return;
    const turn = ++this.#turn;
    Object.assign(this, { measured: null, posterior: null });
    if (!net.canEncode) {
      try {
        await net.loadEncoder();
      } catch (error) {
        Object.assign(this, { seen: null, blank: error });
        this.tell("seen");
        return;
      }
    }
    if (turn !== this.#turn) return;
    const found = look(net, picture);
    Object.assign(this, typeof found === "string" ? { seen: null, blank: found } : { seen: found, blank: "" });
    if (this.seen && this.#another && this.follows) {
      this.#readAs = !this.asked.z && !this.#chosen; // of a link's picture code and class are in the link
      if (!this.asked.z) this.setZ(this.seen.mean[0], this.seen.mean[1]);
      this.asked.z = null;
      this.#another = false;
    }
    this.tell("seen");
    this.#rest();
  }

  #rest() { // once the pointer is up as well
    clearTimeout(this.#resting);
    this.#resting = globalThis.setTimeout(() => (this.pressed ? this.#rest() : this.#settle()), REST);
  }

  async #settle() {
    this.tell("rest");
    const { net, seen } = this;
    if (!net || !seen || this.posterior) return;
    const other = this.#readAs && seen.label !== this.label;
    this.#readAs = false;
    if (other) this.use(this.model, seen.label);
    const turn = this.#turn;
    if (!this.measured) {
      this.measured = measure(net, seen);
      this.tell("measured");
    }
    const posterior = await this.infer(seen).catch(() => null); // as when a newer picture came first
    if (turn !== this.#turn || !posterior) return;
    this.posterior = posterior;
    this.tell("posterior");
  }

  /** The decoded picture of a code: valid until the next call. */
  decode(z1, z2, label = this.label) { return this.net.decode(z1, z2, label); }
}

const tidy = (z) => z.map((value) => Number(Math.min(Math.max(value, -LIMIT), LIMIT).toFixed(4)));

export const lab = new Store();

// The model that the tab Compare sets beside it: always at the same code and on the same path.
export const other = new Store();
other.follows = false;
if (globalThis.document) {
  lab.listen(document.documentElement, (what) => {
    if (what === "z") other.setZ(...lab.z);
    if (what === "path") other.setPath(lab.ends, lab.steps);
    if (what === "models") other.tell("models");
  });
  other.listen(document.documentElement, (what) => { if (what === "z") lab.setZ(...other.z); });
  document.addEventListener("pointerdown", () => { lab.pressed = true; }, true);
  const released = () => { lab.pressed = false; };
  globalThis.addEventListener("pointerup", released, true);
  globalThis.addEventListener("pointercancel", released, true);
  globalThis.addEventListener("blur", released); // the window's alone: one of a field that a press takes the focus from is not heard
}
