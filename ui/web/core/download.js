// Pictures as files.

import { toImageData } from "./model.js";

/** A canvas with pictures side by side, `columns` in a row, each pixel `factor` wide.
 * @param {ArrayLike<number>[]} pictures C * H * W
 * @param {[number, number, number]} shape */
export function sheet(pictures, shape, columns, factor) {
  const [, height, width] = shape;
  const canvas = Object.assign(document.createElement("canvas"), { width: columns * width * factor, height: Math.ceil(pictures.length / columns) * height * factor });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  const one = Object.assign(document.createElement("canvas"), { width, height });
  pictures.forEach((pixels, k) => {
    one.getContext("2d").putImageData(toImageData(pixels, shape, pen), 0, 0);
    pen.drawImage(one, (k % columns) * width * factor, Math.floor(k / columns) * height * factor, width * factor, height * factor);
  });
  return canvas;
}

/** Offer a file under a name.
 * @param {Blob} blob */
export function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @param {HTMLCanvasElement} canvas
 * @returns {Promise<Blob>} */
export const png = (canvas) => new Promise((done) => { canvas.toBlob(done, "image/png"); });
