// No server: a folder of files, or one file. What needs Python is not here.

import { Fault } from "../core/fault.js";

/** @param {Description[]} descriptions whose addresses are relative to the page
 * @param {"static" | "file"} name
 * @returns {Host} */
export function staticHost(descriptions, name = "static") {
  const FILES = ["decoder", "encoder", "encodings", "history", "layers", "metrics"];
  const found = (one) => Object.fromEntries(FILES.filter((part) => one[part])
    .map((part) => [part, name === "file" ? one[part] : new URL(one[part], document.baseURI).href]));
  return {
    name,
    descriptions: descriptions.map((one) => ({ ...one, ...found(one) })),
    can: () => false,
    source: (file, line) => (name === "file" ? null : new URL(`lab/source/${file}.txt#:~:text=${encodeURIComponent(line).replaceAll("-", "%2D")}`, document.baseURI).href),
    ask: async (question) => { throw new Fault("noServer", question); },
  };
}
