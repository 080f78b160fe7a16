// Read a safetensors file: 8 bytes of header length, a JSON header, then raw little-endian numbers.

import { fromHalf } from "./half.js";

const ARRAYS = { F16: Uint16Array, F32: Float32Array, U8: Uint8Array };
const files = new Map(); // one download per address, shared by everything on the page

/** Files that came with the page itself, by address: compressed (zlib), in base64. Of the page in one file. */
export const embedded = new Map();

/** Resolves to { name: typed array }; half precision becomes single. `progress` is told which share is
 * there; an AbortSignal stops it. A source is an address, or the file's bytes.
 * @param {string | ArrayBuffer} source
 * @param {(share: number) => void} [progress]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Record<string, any>>} */
export function readTensors(source, progress, signal) {
  if (typeof source !== "string") return Promise.resolve(parse(source));
  if (!files.has(source)) {
    files.set(source, readBytes(source, progress, signal).then(parse));
    files.get(source).catch(() => files.delete(source)); // it may be there the next time
  }
  return files.get(source);
}

/** A file's bytes, as a worker is given them: it may not read what is embedded in the page.
 * @param {string} url
 * @param {(share: number) => void} [progress]
 * @param {AbortSignal} [signal]
 * @returns {Promise<ArrayBuffer>} */
export async function readBytes(url, progress = () => {}, signal = undefined) {
  if (embedded.has(url)) {
    const packed = Uint8Array.from(atob(embedded.get(url)), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
  }
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  const total = Number(response.headers.get("content-length"));
  let read = 0;
  const counted = new TransformStream({ transform(part, through) {
    read += part.length;
    if (total) progress(Math.min(read / total, 1)); // a compressed file is longer than it says
    through.enqueue(part);
  } });
  return new Response(response.body.pipeThrough(counted)).arrayBuffer();
}

function parse(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const tensors = {};
  for (const [name, { dtype, data_offsets: [start, end] }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    // slice() copies, because a typed array must start at a multiple of its element's size.
    const raw = new ARRAYS[dtype](buffer.slice(8 + length + start, 8 + length + end));
    tensors[name] = dtype === "F16" ? fromHalf(raw) : raw;
  }
  return tensors;
}
