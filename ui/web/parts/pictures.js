// A picture of a model with its caption.

import { paint } from "../core/model.js";

/** Say what is on a canvas; without words it is nothing to a screen reader.
 * @param {HTMLElement} canvas
 * @param {string} words */
export function describe(canvas, words) {
  if (words) canvas.setAttribute("role", "img");
  else canvas.removeAttribute("role");
  canvas.setAttribute("aria-label", words);
}

/** A figure with a canvas; `show` paints C * H * W values in [0, 1] on it, `null` empties it.
 * @param {string} [caption]
 * @returns {HTMLElement & { show: (pixels: ArrayLike<number> | null, shape: [number, number, number]) => void, say: (caption: string) => void }} */
export function picture(caption = "") {
  const figure = document.createElement("figure");
  const canvas = document.createElement("canvas");
  const text = document.createElement("figcaption");
  text.textContent = caption;
  describe(canvas, caption);
  figure.append(canvas, text);
  return Object.assign(figure, {
    show(pixels, shape) {
      if (pixels) paint(canvas, pixels, shape);
      else Object.assign(canvas, { height: shape[1], width: shape[2] });
    },
    say(words) {
      text.textContent = words;
      describe(canvas, words);
    },
  });
}
