// The figures of the model cards (weights/<name>/metrics.json), and where one of two models is better beyond chance.

import { readBytes } from "./safetensors.js";

/** Figures: their key, their unit, and whether more is better; null if neither is. */
export const MEASURES = [
  { key: "log_prob", unit: "nats", higher: true }, { key: "elbo", unit: "nats", higher: true },
  { key: "rate", unit: "nats", higher: null }, { key: "distortion", unit: "nats", higher: false },
  { key: "amortization_gap", unit: "nats", higher: false }, { key: "reconstruction_mse", unit: "per pixel", higher: false },
  { key: "knn_accuracy", unit: "of 1", higher: true },
];

const cards = new Map(); // by address

/** A model's card; {} if it was not measured.
 * @param {Description} model
 * @returns {Promise<any>} */
export function cardOf({ metrics }) {
  if (!metrics) return Promise.resolve({});
  if (!cards.has(metrics)) {
    cards.set(metrics, readBytes(metrics).then((bytes) => JSON.parse(new TextDecoder().decode(bytes))));
    cards.get(metrics).catch(() => cards.delete(metrics));
  }
  return cards.get(metrics);
}

/** Why the figures of two models cannot be compared: a key of words.compare.reasons, "" if they can. */
export function whyNot(/** @type {Description} */ a, /** @type {Description} */ b) {
  if (a.dataset !== b.dataset) return "data";
  if (a.gaussian !== b.gaussian) return "likelihood";
  return a.conditional !== b.conditional ? "class" : "";
}

/** What two models differ in by design, and what that does to the figures: keys of words.compare.reasons. */
export function reasons(/** @type {Description} */ a, /** @type {Description} */ b) {
  const objectives = new Set([a.objective, b.objective]), differ = objectives.size > 1;
  const found = [whyNot(a, b), objectives.has("autoencoder") && differ ? "autoencoder" : "", objectives.has("iwae") && differ ? "iwae" : "",
    objectives.has("exact") && differ ? "exact" : "", a.beta !== b.beta && !objectives.has("autoencoder") ? "beta" : ""].filter(Boolean);
  return found.length ? found : ["same"];
}

/** Each figure of both cards, and which is better beyond chance: "a", "b" or null.
 * @param {boolean} fair whether they can be compared */
export function figures(a, b, fair) {
  return MEASURES.map((measure) => {
    const [first, second] = [a[measure.key] ?? null, b[measure.key] ?? null];
    let better = null;
    if (fair && measure.higher !== null && first !== null && second !== null && beyondChance(first, second, a.interval[measure.key], b.interval[measure.key])) {
      better = (second > first) === measure.higher ? "b" : "a";
    }
    return { ...measure, a: first, b: second, better };
  });
}

/** Whether two means differ beyond chance: the normal test of a difference, at 95 %. The models were measured on the same images, so their errors
 * go together, and the test, which takes them for independent, finds rather too few differences than too many. */
export function beyondChance(a, b, intervalA, intervalB) {
  const [reachA, reachB] = [intervalA, intervalB].map(([low, high]) => (high - low) / 2);
  return Math.abs(b - a) > Math.hypot(reachA, reachB);
}
