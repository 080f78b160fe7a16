// What went wrong, by the keys of core/fault.js: each stands within a sentence.

export const unreachable = "the network or the server does not answer";
export const status = (/** @type {number} */ code) => `the server answered with the status ${code}`;
export const missing = (/** @type {string} */ file) => `the file ${file} is missing`;
export const damaged = (/** @type {string} */ file) => (file ? `the file ${file} is damaged` : "the file is damaged");
export const otherImages = "it is about other images than the map";
export const replaced = "another model took its place; ask once more";
export const late = "a newer question came first";
export const stopped = "the computation stopped, perhaps for want of memory";
export const noServer = "this page has no server";
export const fetch_originals = (/** @type {string} */ sentence) => sentence;
export const unknown = "the page met something that it does not know; the browser's console says what";
