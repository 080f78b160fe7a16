// Read a ZIP: PKWARE's APPNOTE 6.3, sections 4.3 and 4.4, without what nobody needs here. What is wrong gets the name of a
// sentence: a key of words.mine.

import { crc32 } from "./archive.js";
import { Fault } from "./fault.js";

const MOST_FILES = 50;
const MOST_BYTES = 40 * 1024 ** 2; // of all files together, unpacked
const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50;
const END_SIZE = 22, LONGEST_COMMENT = 0xffff;
const ENCRYPTED = 1, STORED = 0, DEFLATED = 8;

/** The files of an archive by their names; folders and what a Mac adds are left out.
 * @param {Blob} blob
 * @returns {Promise<Map<string, Uint8Array<ArrayBuffer>>>}
 * @throws {Fault} */
export async function unzip(blob) {
  if (blob.size > MOST_BYTES) throw new Fault("tooLarge");
  const bytes = new Uint8Array(await blob.arrayBuffer()), view = new DataView(bytes.buffer);
  const found = new Map();
  let left = MOST_BYTES;
  for (const { name, flags, method, crc, packed, size, at } of entries(view, bytes)) {
    if (name.endsWith("/") || name.startsWith("__MACOSX/") || name.endsWith(".DS_Store")) continue;
    if (name.startsWith("/") || name.includes("\\") || name.includes(":") || name.split("/").includes("..")) throw new Fault("oddName", name.slice(0, 80));
    if (flags & ENCRYPTED || ![STORED, DEFLATED].includes(method)) throw new Fault("encrypted");
    if ((left -= size) < 0) throw new Fault("tooLarge");
    const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
    const content = bytes.subarray(start, start + packed);
    const plain = method === STORED ? content.slice() : await unpacked(content, size);
    if (plain.length !== size || crc32(plain) !== crc) throw new Fault("damaged");
    found.set(name, plain);
  }
  return found;
}

function entries(view, bytes) {
  try {
    let end = bytes.length - END_SIZE;
    while (view.getUint32(end, true) !== END) {
      if (--end < bytes.length - END_SIZE - LONGEST_COMMENT) throw new Fault("noZip");
    }
    const count = view.getUint16(end + 10, true);
    if (count > MOST_FILES) throw new Fault("tooMany", MOST_FILES);
    let at = view.getUint32(end + 16, true);
    return Array.from({ length: count }, () => {
      if (view.getUint32(at, true) !== CENTRAL) throw new Fault("damaged");
      const [flags, method, length, extra, comment] = [8, 10, 28, 30, 32].map((offset) => view.getUint16(at + offset, true));
      const [crc, packed, size, local] = [16, 20, 24, 42].map((offset) => view.getUint32(at + offset, true));
      if (view.getUint32(local, true) !== LOCAL) throw new Fault("damaged");
      const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + length));
      at += 46 + length + extra + comment;
      return { name, flags, method, crc, packed, size, at: local };
    });
  } catch (error) {
    throw error instanceof Fault ? error : new Fault("noZip"); // an offset beyond the end
  }
}

// At most as long as it says, so that no archive can fill the memory.
async function unpacked(content, size) {
  const found = new Uint8Array(size), reader = new Blob([content]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  let at = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > size) { reader.cancel(); throw new Fault("damaged"); }
      found.set(part.value, at);
      at += part.value.length;
    }
  } catch { throw new Fault("damaged"); }
  return found.subarray(0, at);
}
