// How the page without a server begins: the exporter left its models in it, and of the page in one file
// their files too.

import { embedded } from "./core/safetensors.js";
import { staticHost } from "./host/static.js";
import { speak, wanted } from "./words/index.js";

for (const script of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("script[data-file]"))) {
  embedded.set(script.dataset.file, script.textContent);
}
const inOneFile = embedded.size > 0;
const models = JSON.parse(document.getElementById("models").textContent);
speak(wanted()).then(() => import("./main.js"))
  .then(({ start }) => start(staticHost(models, inOneFile ? "file" : "static"), document.getElementById("lab")));
// Browsers have it over https, and on one's own computer.
if (!inOneFile) navigator.serviceWorker?.register("./offline.js").catch(() => {});
