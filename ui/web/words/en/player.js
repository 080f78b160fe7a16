// The animation along a path.

export const play = "Play";
export const pause = "Pause";
export const along = "Along";
export const place = "Place on the path";
export const speed = "Speed";
export const endless = "there and back, without end";
export const picture = (/** @type {string} */ z) => `the picture decoded at z = ${z}`;
