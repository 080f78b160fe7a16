// A fold whose contents begin when it is opened first; one that a link opens is scrolled to.

import { lab } from "../store.js";

let arrived = false; // whether the page has stood before its visitor

/** @param {HTMLDetailsElement} fold
 * @param {string} name by which a link opens it
 * @param {() => Promise<{ mount: (element: HTMLElement) => void }>} part */
export function mountFold(fold, name, part) {
  let begun = false;
  fold.dataset.fold = name;
  fold.addEventListener("toggle", async () => {
    if (fold.open !== (lab.fold === name)) lab.set("fold", fold.open ? name : null);
    if (begun || !fold.open) return;
    begun = true;
    const panel = fold.appendChild(document.createElement("div"));
    (await part()).mount(panel);
    if (!arrived) fold.scrollIntoView();
    arrived = true;
  });
  fold.open = lab.fold === name;
  arrived ||= !lab.fold;
}
