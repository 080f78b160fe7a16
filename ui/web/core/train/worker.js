// A training in a worker: it trains while it runs, tells what a page shows at least twenty times a second, and answers questions.

import { breathe } from "../tiles.js";
import { Training } from "./training.js";

const FRAME = 32; // milliseconds between two frames
const FRAME_WORK = 5; // milliseconds of a frame that go into encoding and decoding: what is left is done in the next ones
const SHOWN = 600; // points at most
const SIDE = 12; // decoded pictures of the plane along each axis
const REACH = 2.5; // of the decoded plane along either axis; an autoencoder's codes have no fixed place
const MEASURE = 3000, MOST_SHARE = 0.15; // milliseconds between two measurements, which take at most that share of the time

let training = null;
let view = null; // what is shown: { images, codes, plane, at }
let running = false, looping = false;
let left = Infinity; // steps until it pauses

self.onmessage = ({ data: { id, ask, details } }) => {
  try {
    self.postMessage({ id, answer: ANSWERS[ask](details) ?? null });
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
};

const ANSWERS = {
  begin({ set, recipe }) {
    training = new Training(set, recipe);
    const all = [...training.test, ...training.train], each = Math.ceil(all.length / SHOWN);
    const shown = all.filter((_, k) => k % each === 0); // of all classes, which may stand one after the other
    view = { images: training.pick(shown), codes: new Float32Array(2 * shown.length), plane: new Float32Array(SIDE * SIDE * training.size), point: 0, tile: 0, reach: REACH };
    refresh(Infinity);
    return { first: frame(), shown, test: training.test.length, train: training.train.length, parameters: training.model.parameters.entries.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0), bytes: training.model.kernel.buffer.byteLength };
  },
  run({ steps = Infinity }) {
    [running, left] = [true, steps];
    if (!looping) loop();
  },
  pause() { running = false; },
  change(details) { Object.assign(training.recipe, details); },
  measure: () => training.measure(),
  slow: ({ index, seed }) => training.slow(index, seed),
  result: () => training.result(),
};

async function loop() {
  looping = true;
  let [shown, counted, since, measured, cost] = [performance.now(), training.steps, performance.now(), performance.now(), 0];
  while (running) {
    try {
      while (running && performance.now() - shown < FRAME) {
        training.step();
        if (--left <= 0) running = false;
      }
    } catch (error) {
      running = false;
      self.postMessage({ stopped: error.message });
    }
    refresh(FRAME_WORK);
    const now = performance.now();
    self.postMessage({ frame: frame(now > since ? (1000 * (training.steps - counted)) / (now - since) : 0) });
    if (now - since > 1000) [counted, since] = [training.steps, now];
    shown = performance.now();
    if (running && shown - measured > Math.max(MEASURE, cost / MOST_SHARE)) {
      self.postMessage({ measured: training.measure() });
      measured = performance.now();
      cost = measured - shown;
      shown = measured;
    }
    await breathe();
  }
  looping = false;
  self.postMessage({ paused: true });
}

// The next points and pictures of the view, as many as the time allows.
function refresh(most) {
  const until = performance.now() + most, { images, codes, plane } = view, { size } = training, n = codes.length / 2, chunk = training.model.most;
  let [points, tiles] = [0, 0];
  do {
    const to = Math.min(view.point + chunk, n);
    codes.set(training.means(images.subarray(view.point * size, to * size)), 2 * view.point);
    points += to - view.point;
    view.point = to === n ? 0 : to;
    if (!view.point && training.model.point) view.reach = Math.max(...codes.map(Math.abs), 0.1);
    const row = Math.floor(view.tile / SIDE), z2 = view.reach * (1 - (2 * (row + 0.5)) / SIDE);
    plane.set(training.decode(Float32Array.from({ length: 2 * SIDE }, (_, i) => (i % 2 ? z2 : view.reach * ((2 * ((i >> 1) + 0.5)) / SIDE - 1)))), row * SIDE * size);
    view.tile = (view.tile + SIDE) % (SIDE * SIDE);
    tiles += SIDE;
  } while ((points < n || tiles < SIDE * SIDE) && performance.now() < until);
}

function frame(pace = 0) {
  const { steps, running: means } = training;
  const bytes = Uint8ClampedArray.from(view.plane, (value) => 255 * value);
  return { steps, pace, epoch: (steps * training.batch) / training.train.length, means, codes: view.codes.slice(), plane: bytes, reach: view.reach };
}
