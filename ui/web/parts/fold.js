// A fold whose contents begin when it is opened first.

import { lab } from "../store.js";

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
  });
  fold.open = lab.fold === name;
}
