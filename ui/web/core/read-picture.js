// A file, as a visitor gives it, becomes upright pixels. Why one cannot be used is said by words.pictures.

import { Fault } from "./fault.js";

const MOST_BYTES = 10 * 1024 ** 2; // as vae_core.images has it, and the next two
const MOST_PIXELS = 25_000_000;
const LEAST_SIDE = 4;
const SHOWN = 480; // pixels of the longer side, of what the page shows of it

/** @param {Blob & { name?: string }} file
 * @returns {Promise<Picture>}
 * @throws {Fault} */
export async function readPicture(file) {
  if (file.size > MOST_BYTES) throw new Fault("tooLarge", file.size / 1024 ** 2);
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!bitmap) throw new Fault(!file.size ? "empty" : isHeic(head) ? "heic" : "unreadable");
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) throw new Fault("tooManyPixels", width, height);
  if (Math.min(width, height) < LEAST_SIDE) throw new Fault("tooSmall", width, height);
  const pixels = drawn(bitmap, width, height).getContext("2d").getImageData(0, 0, width, height);
  const scale = Math.min(1, SHOWN / Math.max(width, height));
  const photograph = drawn(bitmap, Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  bitmap.close();
  return { kind: "upload", pixels, photograph, name: file.name, crop: null };
}

function drawn(bitmap, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

function isHeic(head) { // "ftyp" and the brand, after four bytes of length
  const text = String.fromCharCode(...head);
  return text.slice(4, 8) === "ftyp" && /^(heic|heix|heim|heis|hevc|hevx|mif1|msf1)/.test(text.slice(8));
}
