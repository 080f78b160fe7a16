// The one training of the page: it goes on whatever is on the screen, and outlives a change of language.

import { Trainer } from "../core/train/trainer.js";
import { addTrained } from "../mine.js";
import { Curves } from "./train-curves.js";

/** @typedef {"begun" | "frame" | "measured" | "state"} News */

class Course {
  /** @type {import("../core/train/data.js").DataSet} */ set = null;
  /** @type {import("../core/train/training.js").Recipe} */ recipe = null;
  /** @type {{ shown: number[], train: number, test: number, parameters: number, bytes: number }} */ begun = null;
  /** @type {import("../core/train/trainer.js").Frame} */ last = null;
  figures = null; // what was measured last
  curves = new Curves();
  running = false;
  problem = ""; // why it has stopped
  trained = ""; // the name of the model in the list that it has become
  /** @type {(news: News) => void} */ tell = () => {}; // the tab's
  /** @type {Trainer} */ #trainer = null;

  get steps() { return this.last?.steps ?? 0; }

  /** The first weights, of the recipe's seed. */
  async begin(set, recipe) {
    this.end();
    Object.assign(this, { set, recipe, begun: null, last: null, figures: null, curves: new Curves(), problem: "", trained: "" });
    const trainer = new Trainer({
      frame: (frame) => this.#frame(frame),
      measured: (figures) => this.#measured(figures),
      paused: () => this.#paused(trainer),
      stopped: (why) => { Object.assign(this, { running: false, problem: why }); this.tell("state"); },
    });
    this.#trainer = trainer;
    try {
      const { first, ...begun } = await trainer.ask("begin", { set, recipe });
      Object.assign(this, { begun, last: first });
      this.tell("begun");
    } catch (error) {
      if (trainer !== this.#trainer) return;
      this.problem = error.message;
      this.tell("state");
    }
  }

  end() {
    this.#trainer?.end();
    this.#trainer = null;
    Object.assign(this, { running: false, begun: null });
  }

  run(details = {}) {
    this.running = true;
    this.#trainer.ask("run", details);
    this.tell("state");
  }

  pause() { this.#trainer?.ask("pause"); }

  /** β or the learning rate from now on. */
  change(/** @type {{ beta?: number, rate?: number }} */ change, /** @type {string} */ words) {
    Object.assign(this.recipe, change);
    this.#trainer?.ask("change", change);
    if (this.steps) this.curves.mark(this.steps, words);
  }

  /** What a step does with a picture. */
  slow(/** @type {number} */ index) { return this.#trainer.ask("slow", { index, seed: index }); }

  #frame(frame) {
    this.last = frame;
    const { means, steps } = frame, { objective } = this.recipe, point = objective === "autoencoder";
    if (means) {
      const { total, rate, distortion } = means;
      this.curves.add({ steps, distortion, rate: point ? null : rate, bound: point ? null : -(objective === "iwae" ? total : rate + distortion) });
    }
    this.tell("frame");
  }

  #measured(figures) {
    this.figures = figures;
    if (figures.logProb !== null) this.curves.exact.push({ steps: figures.steps, value: figures.logProb });
    this.tell("measured");
  }

  /** After a pause the model is what it is: it goes into the list. */
  async #paused(trainer) {
    this.running = false;
    this.tell("state");
    try {
      this.#measured(await trainer.ask("measure"));
      const result = await trainer.ask("result");
      if (trainer !== this.#trainer || this.running) return;
      this.trained = await addTrained(result, this.trained);
    } catch (error) {
      if (trainer === this.#trainer) this.problem = error.message;
    }
    this.tell("state");
  }
}

export const course = new Course();
