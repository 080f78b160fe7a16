// Taking the last change back, whatever made it, and making it again: two buttons in the bar, and Ctrl with Z, Shift and Z, or Y.

import { lab } from "../store.js";
import { words } from "../words/index.js";

const MOST = 100; // changes that can be taken back
const TYPED = "textarea, input:not([type=range], [type=checkbox], [type=radio], [type=file])"; // with an undo of their own

/** A change of the page. What it gives takes that change back; null if there was nothing left to change.
 * @typedef {() => Step | null} Step */

/** @type {Step[]} */ const changes = []; // each takes one back
/** @type {Step[]} */ const undone = []; // each makes one again
let byHand = false; // whether a hand does something, until it rests: what follows by itself belongs to that change
let known = state(); // as it was before

function state() {
  const { model, label, z, ends, steps, second, picture } = lab;
  return { model, label, z, ends, steps, second, picture };
}

/** @param {Step} takeBack */
export function undoable(takeBack) {
  undone.length = 0;
  changes.push(takeBack);
  if (changes.length > MOST) changes.shift();
  lab.tell("undo");
}

/** A change that a pad's own button takes back, whatever came after it: it can be made again as if the bar's had.
 * @param {Step} takeBack one that was undoable */
export function takenBack(takeBack) {
  const place = changes.lastIndexOf(takeBack), inverse = takeBack();
  if (place >= 0) changes.splice(place, 1);
  if (inverse) undone.push(inverse);
  lab.tell("undo");
}

/** The same, of what is noticed without being told of: the page's picture.
 * @param {() => void} change */
export function takeBack(change) {
  note(); // of what has not come to rest
  const before = known;
  change();
  known = state();
  if (!same(before, known)) undone.push(() => restore(before));
  byHand = false;
  lab.tell("undo");
}

function note() {
  const before = known, now = known = state();
  const first = !before.model || (!before.picture && now.picture?.example !== undefined); // what a tab begins with
  if (byHand && !first && !same(before, now) && lab.tab !== "lesson") {
    undoable(() => restore(before));
    lab.tell("undo");
  }
  byHand = false;
}

function same(/** @type {ReturnType<typeof state>} */ a, /** @type {ReturnType<typeof state>} */ b) {
  const lines = (/** @type {Picture} */ picture) => (picture?.kind === "drawing" ? picture.strokes : [picture]);
  const alike = (/** @type {any[]} */ one, /** @type {any[]} */ two) => one.length === two.length && one.every((part, k) => part === two[k]);
  return alike(lines(a.picture), lines(b.picture)) && (!a.ends || String(a.ends) === String(b.ends)) && String(a.z) === String(b.z)
    && ["model", "label", "steps", "second"].every((key) => a[key] === b[key]);
}

/** @param {ReturnType<typeof state>} wanted
 * @returns {Step | null} */
function restore(wanted) {
  const was = state();
  if (same(wanted, was)) return null;
  const { model, label, z, ends, steps, second, picture } = wanted;
  if (model !== lab.model && lab.descriptions[model.name] !== model) return null; // it was removed
  if (model !== lab.model || label !== lab.label) lab.use(model, label ?? undefined);
  if (picture !== lab.picture) {
    lab.asked.z = picture && [...z]; // not that of the picture's mean
    lab.take(picture);
    if (lab.net?.canEncode) lab.asked.z = null;
  }
  lab.setZ(z[0], z[1]);
  if (ends) lab.setPath(ends, steps);
  if (second !== lab.second) lab.findSecond(second);
  return () => restore(was);
}

function go(/** @type {Step[]} */ from, /** @type {Step[]} */ to) {
  note(); // of what has not come to rest
  /** @type {Step | null} */ let inverse = null;
  while (from.length && !inverse) inverse = from.pop()();
  if (inverse) to.push(inverse);
  known = state();
  byHand = false;
  lab.tell("undo");
}

/** Watch the page from now on. */
export function watchChanges() {
  for (const name of ["pointerdown", "click", "keydown", "input", "change", "drop", "paste"]) document.addEventListener(name, () => { byHand = true; }, true);
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if ((key !== "z" && key !== "y") || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
    if (/** @type {Element} */ (event.target).matches?.(TYPED)) return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) go(undone, changes);
    else go(changes, undone);
  });
  lab.listen(document.documentElement, (what) => {
    if (!byHand) known = state();
    else if (what === "rest" || (what === "picture" && !lab.picture)) note();
  });
}

/** @param {HTMLButtonElement} back
 * @param {HTMLButtonElement} again */
export function mountUndo(back, again) {
  const say = words.common;
  [back.textContent, again.textContent] = ["↶", "↷"];
  back.ariaLabel = back.title = say.takeBack;
  again.ariaLabel = again.title = say.makeAgain;
  back.onclick = () => go(changes, undone);
  again.onclick = () => go(undone, changes);
  const show = () => { [back.disabled, again.disabled] = [!changes.length, !undone.length]; };
  lab.listen(back, (what) => { if (what === "undo") show(); });
  show();
}
