// Read a safetensors file: 8 bytes of header length, a JSON header, then raw little-endian numbers.

import { Fault, request, unlessStopped } from "./fault.js";
import { fromHalf, toHalf } from "./half.js";
import { inflated } from "./inflate.js";

const ARRAYS = { F16: Uint16Array, F32: Float32Array, U8: Uint8Array };
const files = new Map(); // one download per address, shared by everything on the page

/** Files that came with the page itself, by address: compressed (zlib), in base64. Of the page in one file. */
export const embedded = new Map();

/** Files that were made on the page, by addresses of their own. */
const held = new Map();

/** From now on an address has these bytes; with null, none.
 * @param {string} url
 * @param {ArrayBuffer | null} bytes */
export function hold(url, bytes) {
  files.delete(url);
  if (bytes) held.set(url, bytes);
  else held.delete(url);
}

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
  if (held.has(url)) return held.get(url);
  if (embedded.has(url)) return inflated(embedded.get(url));
  const response = await request(url, { signal });
  const total = Number(response.headers.get("content-length"));
  let read = 0;
  const counted = new TransformStream({ transform(part, through) {
    read += part.length;
    if (total) progress(Math.min(read / total, 1)); // a compressed file is longer than it says
    through.enqueue(part);
  } });
  return new Response(response.body.pipeThrough(counted)).arrayBuffer().catch(unlessStopped(signal));
}

function parse(buffer) {
  try { return tensorsOf(buffer); } catch { throw new Fault("damaged"); }
}

/** What a file says of its tensors, and at which byte their numbers begin.
 * @param {ArrayBuffer} buffer
 * @returns {{ header: Record<string, { dtype: string, shape: number[], data_offsets: number[] }>, start: number }} */
export function headerOf(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const { __metadata__, ...header } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  return { header, start: 8 + length };
}

function tensorsOf(buffer) {
  const { header, start } = headerOf(buffer);
  const tensors = {};
  for (const [name, { dtype, data_offsets: [from, to] }] of Object.entries(header)) {
    // slice() copies, because a typed array must start at a multiple of its element's size.
    const raw = new ARRAYS[dtype](buffer.slice(start + from, start + to));
    tensors[name] = dtype === "F16" ? fromHalf(raw) : raw;
  }
  return tensors;
}

/** A file of them: single precision becomes half, but where `whole` says so.
 * @param {Record<string, { shape: number[], values: Float32Array | Uint8Array }>} tensors
 * @param {boolean | ((name: string) => boolean)} whole
 * @returns {Uint8Array<ArrayBuffer>} */
export function writeTensors(tensors, whole = false) {
  const single = (/** @type {string} */ name) => (typeof whole === "function" ? whole(name) : whole);
  const header = {}, parts = [];
  let at = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    const bytes = values instanceof Uint8Array || single(name) ? values : toHalf(values);
    const dtype = values instanceof Uint8Array ? "U8" : single(name) ? "F32" : "F16";
    header[name] = { dtype, shape, data_offsets: [at, at += bytes.byteLength] };
    parts.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }
  const text = new TextEncoder().encode(JSON.stringify(header)), length = 8 * Math.ceil(text.length / 8);
  const file = new Uint8Array(8 + length + at).fill(32, 8, 8 + length); // spaces fill the header up
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  let to = 8 + length;
  for (const part of parts) {
    file.set(part, to);
    to += part.length;
  }
  return file;
}
