// The tabs, in their order: each is fetched when it is opened first.

/** @type {Record<string, () => Promise<{ mount: (element: HTMLElement) => void }>>} */
export const TABS = {
  reconstruct: () => import("./reconstruct.js"),
  decode: () => import("./decode.js"),
  interpolate: () => import("./interpolate.js"),
  map: () => import("./map.js"),
  compare: () => import("./compare.js"),
  complete: () => import("./complete.js"),
  generate: () => import("./generate.js"),
  manifold: () => import("./manifold.js"),
  style: () => import("./style.js"),
};
