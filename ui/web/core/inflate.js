// What came with the page as text: compressed (zlib), in base64.

/** @param {string} text
 * @returns {Promise<ArrayBuffer>} */
export function inflated(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}
