// The tab Manifold.

export const lead = "Everything this decoder can paint, on one sheet. Zoom in as far as you like: new pictures appear between the old ones.";
export const label = "The plane, decoded";
export const sheet = "sheet of pictures";
export const poster = "Poster of this view";
export const progress = "Progress of the poster";
export const download = "Download (PNG)";
export const cancelled = "The poster was cancelled.";
export const tooLarge = "This browser cannot make a picture of that size: choose a smaller one.";
export const fetching = "Fetching the model…";
export const help = "How to use the sheet";
export const helpParts = [
  "Mouse: the wheel zooms, dragging pans, a double click goes back; a press makes a picture's code the current one, which the ring marks.",
  "Finger: a tap picks, two fingers zoom; then one finger pans.",
  "Keyboard: go to the sheet with Tab. Arrow keys move the view, the keys +, − and 0 zoom in, out and back, Enter picks the picture in the middle.",
  "Equal probability: where the prior p(z) = N(0, I) puts many codes there are many tiles; from one to the next a code moves little near (0, 0) and far at the rim. A share u of the probability lies left of a tile's middle, a share v below it, and its code is z = (Φ⁻¹(u), Φ⁻¹(v)).",
  "Nothing here is stored: each picture is decoded when it is looked at, in your browser.",
];
export const keys = (/** @type {string} */ name) => `${name}. Arrow keys move the view, plus and minus zoom, zero goes back, Enter makes the picture in the middle the current code.`;
export const pictures = (/** @type {string} */ name, /** @type {number} */ n, /** @type {string[]} */ low, /** @type {string[]} */ high) =>
  `${name}: about ${n} × ${n} pictures, z1 from ${low[0]} to ${high[0]}, z2 from ${low[1]} to ${high[1]}`;
export const picked = (/** @type {string} */ z) => `The current code is now ${z}.`;
export const middle = (/** @type {string} */ z) => `In the middle: ${z}. Enter makes it the current code.`;
export const amount = (/** @type {number} */ n, /** @type {number} */ width, /** @type {number} */ height) => `${n} × ${n} pictures, ${width.toLocaleString("en")} × ${height.toLocaleString("en")} px`;
export const ready = (/** @type {string} */ file) => `The poster is ready: ${file}.`;

export function where({ square, tiles, zoom, deepest, same }) {
  const share = square ? "This plain autoencoder has no prior: the tiles cut the square that holds its codes evenly." : `Each tile holds 1 / ${tiles} of the prior's probability.`;
  const zoomed = zoom ? ` Zoom ${zoom}×${deepest ? ", as deep as numbers of 16 digits go" : ""}.` : "";
  return share + zoomed + (same ? " There is nothing finer to see: no pixel in view changes by half a level of 255." : "");
}
