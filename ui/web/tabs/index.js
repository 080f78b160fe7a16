// The tabs, in their order, and what stands in a fold of one: each is fetched when it is opened first.

/** @typedef {() => Promise<{ mount: (element: HTMLElement) => void }>} Part */

/** @type {Record<string, Part>} */
export const TABS = {
  lesson: () => import("./lesson.js"),
  reconstruct: () => import("./reconstruct.js"),
  decode: () => import("./decode.js"),
  interpolate: () => import("./interpolate.js"),
  map: () => import("./map.js"),
  compare: () => import("./compare.js"),
  generate: () => import("./generate.js"),
  train: () => import("./train.js"),
};

/** In which tab each stands. */
export const FOLDS = { complete: "reconstruct", manifold: "decode", style: "generate" };

/** @type {Record<string, Part>} */
export const PARTS = {
  ...TABS,
  complete: () => import("./complete.js"),
  manifold: () => import("./manifold.js"),
  style: () => import("./style.js"),
};
