// Read a safetensors file: 8 bytes of header length, a JSON header, then raw little-endian numbers.

const ARRAYS = { F32: Float32Array, U8: Uint8Array };
const files = new Map(); // one download per address, shared by everything on the page

// Resolves to { name: typed array }.
export function readTensors(url) {
  if (!files.has(url)) files.set(url, download(url));
  return files.get(url);
}

async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`);
  const buffer = await response.arrayBuffer();
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const tensors = {};
  for (const [name, { dtype, data_offsets: [start, end] }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    // slice() copies, because a typed array must start at a multiple of its element's size.
    tensors[name] = new ARRAYS[dtype](buffer.slice(8 + length + start, 8 + length + end));
  }
  return tensors;
}
