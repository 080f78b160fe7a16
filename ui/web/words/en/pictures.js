// Where a picture comes from, why one cannot be used, and what is doubtful about one.

const mega = (/** @type {number} */ value) => value.toFixed(1);
const FORMATS = "Use a PNG, JPEG, WebP, GIF, BMP or AVIF picture";

export const pad = "page to draw on";
export const padHelp = "A page to draw on, with the mouse, a pen or a finger. By keyboard: arrow keys move the pen, space puts it down and lifts it, Ctrl and Z take a stroke back.";
export const undo = "Undo";
export const clear = "Clear";
export const upload = "Upload";
export const paste = "Paste";
export const camera = "Camera";
export const shoot = "Take this picture";
export const closeCamera = "Close the camera";
export const stays = "Pictures stay on this device.";

export const blank = "There is nothing to see on this picture: it looks blank. Draw, or give a picture with clear strokes on plain paper.";
export const emptyCrop = "There is nothing to see in this part of the picture. Make the frame larger, or let the lab choose.";
export const otherShape = "This picture was made for another model. Choose an example, or draw.";
export const empty = `This file is empty. ${FORMATS}.`;
export const unreadable = `This file is no picture that your browser can read. ${FORMATS}.`;
export const heic = "This is a HEIC picture, as iPhones take them, and your browser cannot read it. Save it as a JPEG, or send a screenshot of it.";
export const noPicture = `There is no picture in what you gave. ${FORMATS}.`;
export const noClipboard = "Your browser does not let the page read the clipboard. Press Ctrl and V instead, or upload the file.";
export const noCamera = "The page was not given a camera: there is none, or it was not allowed. Upload a picture instead.";
export const tooLarge = (/** @type {number} */ size) => `This file has ${mega(size)} MB. Use one of at most 10 MB.`;
export const tooManyPixels = (/** @type {number} */ width, /** @type {number} */ height) => `This picture has ${width} × ${height} pixels. Use one of at most 25 million.`;
export const tooSmall = (/** @type {number} */ width, /** @type {number} */ height) => `This picture has ${width} × ${height} pixels. Use one of at least 4 × 4.`;
export const encoder = (/** @type {string} */ reason) => `The encoder could not be loaded (${reason}). Draw again to try once more.`;

/** Why the ink may not be what was meant: the keys of vae_core.images.DOUBTS. */
export const doubts = {
  "several-groups": "There are several groups of strokes, and another may be the one you mean.",
  border: "The strokes touch the edge of the picture, so some of them may be cut off.",
  line: "What was taken is as long and thin as a line of the paper.",
  "low-contrast": "Some of the ink is much fainter than the rest: it may be a stain or a shadow.",
};
