// Pictures along a curve, side by side: painted in turn, so that all keep up with a drag.

import { paint } from "../core/model.js";
import { SLICE, breathe } from "../core/tiles.js";

/** @param {HTMLElement} element
 * @param {import("../store.js").Store} lab
 * @returns {{ show: (curve: Code[] | null, label: string) => void }} null: it is awaited, and what was there fades */
export function mountStrip(element, lab) {
  element.classList.add("strip");
  element.setAttribute("role", "img");
  let curve = null; // that is shown
  let stale = 0; // how many tiles are still to be painted
  let turn = 0;
  let painting = false;

  async function paintTiles() {
    painting = true;
    let start = performance.now();
    for (; stale > 0 && lab.net && curve && element.isConnected; stale--) {
      turn = (turn + 1) % element.children.length;
      const z = lab.along(turn / (element.children.length - 1), curve);
      paint(element.children[turn], lab.decode(z[0], z[1]), lab.net.shape);
      if (performance.now() - start < SLICE) continue;
      await breathe();
      start = performance.now();
    }
    painting = false;
  }

  return {
    show(/** @type {Code[] | null} */ along, label) {
      const [, height, width] = lab.model.shape;
      while (element.children.length < lab.steps) element.append(Object.assign(document.createElement("canvas"), { width, height }));
      while (element.children.length > lab.steps) element.lastChild.remove();
      element.classList.toggle("late", !along);
      element.setAttribute("aria-label", label);
      if (!along) return;
      curve = along;
      stale = element.children.length;
      if (!painting) paintTiles();
    },
  };
}
