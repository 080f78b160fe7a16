// Who lives near a code.

const named = (/** @type {string | null} */ name, /** @type {number} */ index) => name ?? `图片 ${index}`;

export const real = (/** @type {string | null} */ name, /** @type {number} */ index, /** @type {string} */ away) => `${named(name, index)}，真实图片，距离 ${away}`;
export const decoded = (/** @type {string | null} */ name, /** @type {number} */ index, /** @type {string} */ away) => `${named(name, index)}，解码，距离 ${away}`;
