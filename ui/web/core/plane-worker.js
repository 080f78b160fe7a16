// The worker of ask-plane.js: it keeps one model and its last decoded plane, and answers one question at a time. A newer question of
// the same asker takes the place of an older one that still waits.

import { geodesic } from "./geodesic.js";
import { complete, infer, summary } from "./inference.js";
import { Likelihood } from "./likelihood.js";
import { modelOf } from "./model.js";
import { Plane, sideOf } from "./plane.js";
import { rarityOf } from "./rarity.js";

let net = null;
let plane = null; // of the class `plane.likelihood.label`
let noisy = null; // of the same
let rarity = null; // of the same
let store = null; // the address under which planes are kept for the next visit, null where nothing can be
const waiting = new Map(); // by asker
let busy = false;

self.onmessage = ({ data }) => {
  if (data.tensors) {
    net = modelOf(data.description, data.tensors);
    store = data.store;
    return;
  }
  const before = waiting.get(data.asker);
  if (before) self.postMessage({ id: before.id, late: true });
  waiting.set(data.asker, data);
  if (!busy) answer();
};

async function answer() {
  busy = true;
  while (waiting.size) {
    const [asker, question] = waiting.entries().next().value;
    try {
      const label = net.conditional ? question.label : null;
      if (!plane || plane.likelihood.label !== label) {
        plane = noisy = rarity = null;
        const found = await ready(label, () => newest(label)); // a question of another class need not wait
        if (!found) continue;
        plane = found;
      }
      if (waiting.get(asker) !== question) continue; // a newer one came meanwhile
      waiting.delete(asker);
      self.postMessage({ id: question.id, answer: solve(question) });
    } catch (error) {
      waiting.delete(asker);
      self.postMessage({ id: question.id, error: error.message });
    }
  }
  busy = false;
}

/** Whether some question still wants a class. */
const newest = (label) => [...waiting.values()].some((one) => !net.conditional || one.label === label);

function solve({ ends, steps, data, image, q, known, noise, samples, seed }) {
  if (data) rarity ??= rarityOf(data);
  if (ends) return geodesic({ plane, rarity: data ? rarity : null }, ends[0], ends[1], steps);
  if (!known) return summary(infer(plane, image, null, q.std && q.mean), q);
  if (noise && noisy?.likelihood.noise !== noise) noisy = plane.noisy(noise);
  return complete(noise ? noisy : plane, image, known, q?.std ? q.mean : null, samples, seed);
}

/** The plane of a class: as it was kept, or decoded. */
async function ready(label, wanted) {
  const made = new Plane(new Likelihood(net, label), sideOf(net));
  const address = store && `${store}&class=${encodeURIComponent(label ?? "")}`;
  const cache = address ? await caches.open("lab planes").catch(() => null) : null;
  const kept = await cache?.match(address).then((found) => found?.arrayBuffer()).catch(() => null);
  if (kept?.byteLength === 2 * made.cells * made.row) {
    made.restore(new Uint16Array(kept));
    return made;
  }
  const done = await made.decode((share) => {
    self.postMessage({ progress: share });
    return wanted();
  });
  if (!done) return null;
  cache?.put(address, new Response(/** @type {Uint16Array<ArrayBuffer>} */ (made.kept))).catch(() => {}); // the disk may be full
  return made;
}
