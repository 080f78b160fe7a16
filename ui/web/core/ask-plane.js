// Questions about the decoded plane, asked of a worker: one for each model that is in use, at most two.

import { Fault } from "./fault.js";
import { readTensors } from "./safetensors.js";
import { workers } from "./spawn.js";

const MOST = 2; // models whose planes are kept in memory

/** progress: told which share of the plane is decoded. asker: a newer question of the same one makes an older one fail.
 * @typedef {{ progress?: (share: number) => void, asker?: string }} Options */

const open = new Map(); // by the decoder's address: { worker, pending }
let asked = 0;

/** @param {import("./model.js").Model} net
 * @param {object} question
 * @param {Options} options
 * @returns {Promise<any>} */
export async function ask(net, question, { progress = (_share) => {}, asker = "page" }) {
  const { worker, pending } = await workerOf(net);
  const id = ++asked;
  return new Promise((done, failed) => {
    pending.set(id, { done, failed, progress });
    worker.postMessage({ ...question, id, asker });
  });
}

function workerOf(net) {
  const { decoder } = net, known = open.get(decoder);
  open.delete(decoder);
  open.set(decoder, known ?? begin(net)); // the newest last
  for (const one of open.keys()) {
    if (open.size <= MOST) break;
    open.get(one).then(({ end }) => end(new Fault("replaced")), () => {});
    open.delete(one);
  }
  return open.get(decoder);
}

async function begin(net) {
  const { name, shape, classes, conditional, probabilistic, gaussian, objective } = net;
  const tensors = await readTensors(net.decoder);
  const worker = workers.start("plane-worker.js");
  const pending = new Map();
  const end = (why) => {
    worker.terminate();
    for (const { failed } of pending.values()) failed(why);
    pending.clear();
  };
  worker.onmessage = ({ data: { id, progress, answer, late, error } }) => {
    if (progress !== undefined) { for (const one of pending.values()) one.progress(progress); return; }
    const { done, failed } = pending.get(id) ?? {};
    pending.delete(id);
    if (answer) done?.(answer);
    else failed?.(late ? new Fault("late") : new Fault("stopped", error));
  };
  worker.onerror = (event) => { // begun anew with the next question
    event.preventDefault();
    open.delete(net.decoder);
    end(new Fault("stopped", event.message));
  };
  const description = { name, shape, classes, conditional, probabilistic, gaussian, objective };
  worker.postMessage({ description, tensors, store: address(name, tensors) });
  return { worker, pending, end };
}

/** Under which a model's planes are kept: of a page from a disk, nowhere. */
function address(name, tensors) {
  if (!location.protocol.startsWith("http") || !globalThis.caches) return null;
  let sum = 0; // of what is in the file: another decoder has other planes
  for (const values of Object.values(tensors)) {
    const bits = new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
    for (let i = 0; i < bits.length; i++) sum = (Math.imul(sum, 31) + bits[i]) | 0;
  }
  return new URL(`plane?model=${encodeURIComponent(name)}&of=${sum >>> 0}`, document.baseURI).href;
}
