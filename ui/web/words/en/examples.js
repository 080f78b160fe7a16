// Pictures to try.

export const label = "Pictures to try";
export const drawn = "Or try one of these drawings:";
export const painted = "Or try one of these. The model painted them itself, at codes of its test images:";
export const real = (/** @type {string} */ source) => `Or try one of these real test images (${source}):`;
export const both = (/** @type {string} */ source) => `Or try one of these: drawings first, then real test images (${source}).`;
export const realOne = (/** @type {string} */ name) => `real ${name}`;
export const digit = (/** @type {string} */ name) => `a ${name}`;
export const picture = (/** @type {number} */ k) => `picture ${k}`;
