// Pictures to try.

export const label = "Pictures to try";
export const drawn = "Or try one of these drawings:";
export const painted = "Or try one of these. The model painted them itself, at codes of its test images:";
export const digit = (/** @type {string} */ name) => `a ${name}`;
export const picture = (/** @type {number} */ k) => `picture ${k}`;
