// Many pictures at once, without holding up the page.

import { toImageData } from "./model.js";

export const SLICE = 10; // milliseconds of work between two breaths: less than a frame

// A message to oneself waits its turn behind frames and events. What follows scheduler.yield() goes
// before both, so that frames came 115 ms apart; setTimeout() waits at least 4 ms.
export const breathe = () => new Promise((/** @type {(value?: unknown) => void} */ done) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => done();
  port2.postMessage(null);
});

// Decode codes one after the other into a canvas of so many columns, from its top left on. Resolves to
// false if `wanted`, told in between how many are done, says that nobody waits for them any more.
export async function decodeTiles(canvas, net, codes, columns, label, wanted = (/** @type {number} */ _done) => true) {
  const [, height, width] = net.shape;
  canvas.width = columns * width;
  canvas.height = Math.ceil(codes.length / columns) * height;
  const pen = canvas.getContext("2d");
  let start = performance.now();
  for (const [i, [z1, z2]] of codes.entries()) {
    const tile = toImageData(net.decode(z1, z2, label), net.shape, pen);
    pen.putImageData(tile, (i % columns) * width, Math.floor(i / columns) * height);
    if (performance.now() - start < SLICE) continue;
    await breathe();
    if (!wanted(i + 1)) return false;
    start = performance.now();
  }
  return true;
}

// Codes at the centres of side x side tiles that fill a view { x, y, span }, row by row from the top.
export function tileCodes({ x, y, span }, side) {
  const step = (k) => ((k + 0.5) / side - 0.5) * span;
  return Array.from({ length: side * side }, (_, i) => [x + step(i % side), y - step(Math.floor(i / side))]);
}
