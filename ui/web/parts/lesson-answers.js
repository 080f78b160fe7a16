// What a visitor predicted and answered: kept in their browser alone.

const KEPT = "latent-lab lesson";

/** value: as the question has it, null if it was skipped. sentence: prediction and truth side by side. right: where that can be said.
 * @typedef {{ value: any, sentence?: string, right?: boolean }} Answer */

/** @returns {Record<string, Answer>} by the name of the stop */
export function answers() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
  } catch { return { ...unkept }; }
}

let unkept = {}; // where the browser keeps nothing, as of a page from a disk

/** @param {string} name
 * @param {Answer | null} answer null: it is forgotten */
export function keep(name, answer) {
  const all = { ...answers(), ...unkept };
  if (answer) all[name] = answer;
  else delete all[name];
  unkept = all;
  try { localStorage.setItem(KEPT, JSON.stringify(all)); } catch { /* as above */ }
}

/** The next class begins anew. */
export function forget() {
  unkept = {};
  try { localStorage.removeItem(KEPT); } catch { /* as above */ }
}
