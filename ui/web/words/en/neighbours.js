// Who lives near a code.

const named = (/** @type {string | null} */ name, /** @type {number} */ index) => name ?? `image ${index}`;

export const real = (/** @type {string | null} */ name, /** @type {number} */ index, /** @type {string} */ away) => `${named(name, index)}, real, ${away} away`;
export const decoded = (/** @type {string | null} */ name, /** @type {number} */ index, /** @type {string} */ away) => `${named(name, index)}, decoded, ${away} away`;
