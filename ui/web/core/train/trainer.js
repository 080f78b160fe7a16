// A training as the page has it: the worker's, asked by promises.

import { workers } from "../spawn.js";

/** @typedef {{ steps: number, pace: number, epoch: number, means: { total: number, rate: number, distortion: number } | null, codes: Float32Array, plane: Uint8ClampedArray, reach: number }} Frame */

export class Trainer {
  #worker = workers.start("train/worker.js");
  #waiting = new Map();
  #asked = 0;

  /** @param {{ frame?: (frame: Frame) => void, measured?: (figures: any) => void, paused?: () => void, stopped?: (why: string) => void }} tell */
  constructor(tell = {}) {
    this.#worker.onmessage = ({ data }) => {
      if (data.frame) tell.frame?.(data.frame);
      else if (data.measured) tell.measured?.(data.measured);
      else if (data.paused) tell.paused?.();
      else if (data.stopped) tell.stopped?.(data.stopped);
      else {
        const { done, failed } = this.#waiting.get(data.id);
        this.#waiting.delete(data.id);
        if (data.error !== undefined) failed(new Error(data.error));
        else done(data.answer);
      }
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end();
      tell.stopped?.(event.message);
    };
  }

  /** @param {"begin" | "run" | "pause" | "change" | "measure" | "slow" | "result"} ask see worker.js
   * @returns {Promise<any>} */
  ask(ask, details = {}) {
    return new Promise((done, failed) => {
      this.#waiting.set(++this.#asked, { done, failed });
      this.#worker.postMessage({ id: this.#asked, ask, details });
    });
  }

  end() {
    this.#worker.terminate();
    for (const { failed } of this.#waiting.values()) failed(new Error("ended"));
    this.#waiting.clear();
  }
}
