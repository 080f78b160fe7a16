// How a worker is started. The page in one file, whose modules have no addresses, starts them in its own way.

export const workers = {
  /** @param {string} name of a module beside this one
   * @returns {Worker} */
  start: (name) => new Worker(new URL(`./${name}`, import.meta.url), { type: "module" }),
};
