// Taking the last change back, whatever made it: a button in the bar, and Ctrl and Z.

import { lab } from "../store.js";
import { words } from "../words/index.js";

const MOST = 100; // changes that can be taken back
const TYPED = "textarea, input:not([type=range], [type=checkbox], [type=radio], [type=file])"; // with an undo of their own

/** @type {(() => boolean)[]} */ const changes = []; // each takes one back; false if there is nothing left of it
let byHand = false; // whether a hand does something, until it rests: what follows by itself belongs to that change
let known = state(); // as it was before

function state() {
  const { model, label, z, ends, steps, second, picture } = lab;
  return { model, label, z, ends, steps, second, picture };
}

/** @param {() => boolean} takeBack */
export function undoable(takeBack) {
  changes.push(takeBack);
  if (changes.length > MOST) changes.shift();
  lab.tell("undo");
}

function note() {
  const before = known, now = known = state();
  const first = !before.model || (!before.picture && now.picture?.example !== undefined); // what a tab begins with
  const byPad = now.picture?.strokes?.length < before.picture?.strokes?.length && now.picture.kind === before.picture.kind; // whose own button took a stroke back
  if (byHand && !first && !byPad && !same(before, now) && lab.tab !== "lesson") undoable(() => restore(before));
  byHand = false;
}

function same(/** @type {ReturnType<typeof state>} */ a, /** @type {ReturnType<typeof state>} */ b) {
  const lines = (/** @type {Picture} */ picture) => (picture?.kind === "drawing" ? picture.strokes : [picture]);
  const alike = (/** @type {any[]} */ one, /** @type {any[]} */ two) => one.length === two.length && one.every((part, k) => part === two[k]);
  return alike(lines(a.picture), lines(b.picture)) && (!a.ends || String(a.ends) === String(b.ends)) && String(a.z) === String(b.z)
    && ["model", "label", "steps", "second"].every((key) => a[key] === b[key]);
}

/** @param {ReturnType<typeof state>} wanted */
function restore(wanted) {
  if (same(wanted, state())) return false;
  const { model, label, z, ends, steps, second, picture } = wanted;
  if (model !== lab.model && lab.descriptions[model.name] !== model) return false; // it was removed
  if (model !== lab.model || label !== lab.label) lab.use(model, label ?? undefined);
  if (picture !== lab.picture) {
    lab.asked.z = picture && [...z]; // not that of the picture's mean
    lab.take(picture);
    if (lab.net?.canEncode) lab.asked.z = null;
  }
  lab.setZ(z[0], z[1]);
  if (ends) lab.setPath(ends, steps);
  if (second !== lab.second) lab.findSecond(second);
  return true;
}

function undo() {
  note(); // of what has not come to rest
  while (changes.length && !changes.pop()());
  known = state();
  byHand = false;
  lab.tell("undo");
}

/** Watch the page from now on. */
export function watchChanges() {
  for (const name of ["pointerdown", "click", "keydown", "input", "change", "drop", "paste"]) document.addEventListener(name, () => { byHand = true; }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.defaultPrevented) return;
    if (/** @type {Element} */ (event.target).matches?.(TYPED)) return;
    event.preventDefault();
    undo();
  });
  lab.listen(document.documentElement, (what) => {
    if (!byHand) known = state();
    else if (what === "rest" || (what === "picture" && !lab.picture)) note();
  });
}

/** @param {HTMLButtonElement} button */
export function mountUndo(button) {
  const say = words.common;
  button.textContent = "↶";
  button.ariaLabel = button.title = say.takeBack;
  button.onclick = undo;
  const show = () => { button.disabled = !changes.length; };
  lab.listen(button, (what) => { if (what === "undo") show(); });
  show();
}
