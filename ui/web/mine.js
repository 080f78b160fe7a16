// The models of the visitor's own: trained in the page, or brought as a ZIP. They are in the list of models, in the format of
// weights/<name>/, and in the browser's storage, so that they are there at the next visit.

import { zip } from "./core/archive.js";
import { Fault } from "./core/fault.js";
import { unzip } from "./core/unzip.js";
import { headerOf, hold, readTensors, writeTensors } from "./core/safetensors.js";
import { shapesOf } from "./core/train/layers.js";
import { lab } from "./store.js";

const PARTS = ["encoder", "decoder", "encodings", "history"];
const NEEDED = PARTS.slice(0, 3);
const NAME = /^(?!(con|prn|aux|nul|(com|lpt)[0-9])$)[a-z0-9][a-z0-9_-]{0,63}$/; // as vae_core.pretrained has it, without Windows' devices
const MOST_SIDE = 128, MOST_WIDTH = 2048, MOST_BLOCKS = 16;
const DATABASE = "latent-lab", SHELF = "models";
const TITLES = { mnist: "MNIST", fashion: "Fashion-MNIST", frey: "Frey faces", cifar10: "CIFAR-10", optdigits: "8 × 8 digits", imagined: "imagined digits" }; // as ui/descriptions.py
const ABOUT = (/** @type {string} */ name) => `# ${name}

A VAE with a two-dimensional code, trained in the page of Latent Lab. In Python, with this folder in \`models/\`:

    from vae_core import load
    model = load("${name}", weights_dir="models")

In the app: \`python app.py --weights-dir models\`. In the page: drop the ZIP on it.
`;

/** @typedef {{ name: string, config: any, files: Record<string, Uint8Array<ArrayBuffer>>, kept?: boolean }} OwnModel */

/** @type {Map<string, OwnModel>} */
const own = new Map();
let versions = 0; // a model that was trained on has new addresses

export const ownModels = () => [...own.values()];

/** What a training gave becomes a model of the list.
 * @param {ReturnType<import("./core/train/training.js").Training["result"]>} result
 * @param {string} [name] of the model whose place it takes
 * @returns {Promise<string>} its name */
export async function addTrained({ config, encoder, decoder, encodings, history }, name = "") {
  const n = encodings.label.length, line = [n], moments = [history.epoch.length];
  const files = {
    encoder: writeTensors(encoder), decoder: writeTensors(decoder),
    encodings: writeTensors(Object.fromEntries(Object.entries(encodings).map(([key, values]) => [key, { shape: values.length === 2 * n ? [n, 2] : line, values }])), true),
    history: writeTensors({
      ...Object.fromEntries(["epoch", "rate", "distortion"].map((key) => [key, { shape: moments, values: history[key] }])),
      mean: { shape: [...moments, n, 2], values: history.mean },
    }, (key) => key !== "mean"),
  };
  return add({ name: own.has(name) ? name : free(`my-${config.dataset}`), config, files });
}

async function add(/** @type {OwnModel} */ model) {
  const before = own.get(model.name);
  own.set(model.name, model);
  if (before) release(before.name);
  show(model);
  model.kept = await keep(model);
  if (own.get(model.name) === model) lab.descriptions[model.name].kept = model.kept; // it may be gone by now
  lab.tell("models");
  return model.name;
}

function show(/** @type {OwnModel} */ { name, config, files, kept }) {
  const root = `mine:${name}/${++versions}/`;
  const addresses = Object.fromEntries(PARTS.filter((part) => files[part]).map((part) => {
    hold(root + part, files[part].slice().buffer);
    return [part, root + part];
  }));
  lab.add(/** @type {Description} */ ({
    name, title: TITLES[config.dataset] ?? name, dataset: config.dataset, shape: config.shape, classes: config.classes, preparation: config.preparation,
    conditional: config.conditional, probabilistic: config.objective !== "autoencoder", gaussian: config.likelihood === "gaussian",
    objective: config.objective, beta: config.beta, mine: true, kept, ...addresses,
  }));
}

function release(/** @type {string} */ name) {
  for (const part of PARTS) if (lab.descriptions[name]?.[part]) hold(lab.descriptions[name][part], null);
}

function free(/** @type {string} */ wanted) { // a name that no model has
  for (let k = 1; ; k++) {
    const name = k > 1 ? `${wanted.slice(0, 60)}-${k}` : wanted;
    if (!lab.descriptions[name]) return name;
  }
}

/** A model goes, from the browser's storage too. */
export async function forget(/** @type {string} */ name) {
  own.delete(name);
  const { [name]: gone } = lab.descriptions;
  lab.remove(name);
  for (const part of PARTS) if (gone?.[part]) hold(gone[part], null);
  await onShelf("readwrite", (shelf) => shelf.delete(name)).catch(() => {});
}

/** @returns {Blob} with a folder as weights/<name>/ */
export function toZip(/** @type {string} */ name) {
  const { config, files } = own.get(name), text = (/** @type {string} */ words) => new TextEncoder().encode(words);
  return zip([
    [`${name}/README.md`, text(ABOUT(name))], [`${name}/config.json`, text(`${JSON.stringify(config, null, 2)}\n`)],
    ...PARTS.filter((part) => files[part]).map((part) => /** @type {[string, Uint8Array]} */ ([`${name}/${part}.safetensors`, files[part]])),
  ]);
}

/** @param {File} file
 * @returns {Promise<string>} the model's name
 * @throws {Fault} */
export async function fromZip(file) {
  const found = await unzip(file);
  const [path] = [...found.keys()].filter((name) => name.split("/").at(-1) === "config.json");
  if (path === undefined) throw new Fault("missing", "config.json");
  const folder = path.slice(0, -"config.json".length);
  const files = Object.fromEntries(PARTS.flatMap((part) => (found.has(`${folder}${part}.safetensors`) ? [[part, found.get(`${folder}${part}.safetensors`)]] : [])));
  for (const part of NEEDED) if (!files[part]) throw new Fault("missing", `${part}.safetensors`);
  const config = checkedConfig(new TextDecoder().decode(found.get(path)));
  await check(config, files);
  const asked = folder.split("/").at(-2) ?? file.name.replace(/\.zip$/i, "");
  return add({ name: free(NAME.test(asked) ? asked : "my-model"), config, files });
}

function checkedConfig(/** @type {string} */ text) {
  let config;
  try { config = JSON.parse(text); } catch { throw new Fault("badConfig", "config.json"); }
  const whole = (value, most) => Number.isInteger(value) && value >= 1 && value <= most;
  const checks = {
    dataset: typeof config?.dataset === "string",
    shape: Array.isArray(config?.shape) && config.shape.length === 3 && [1, 3].includes(config.shape[0]) && config.shape.slice(1).every((side) => whole(side, MOST_SIDE)),
    classes: Array.isArray(config?.classes) && config.classes.length <= 256 && config.classes.every((name) => typeof name === "string"),
    preparation: ["ink", "photo", "thing"].includes(config?.preparation),
    likelihood: ["bernoulli", "gaussian"].includes(config?.likelihood),
    objective: ["elbo", "iwae", "autoencoder", "exact"].includes(config?.objective),
    conditional: config?.conditional === false || (config?.conditional === true && config.classes.length > 0),
    beta: Number.isFinite(config?.beta) && config.beta >= 0,
    ...Object.fromEntries(["encoder", "decoder"].flatMap((part) => [[`${part}_width`, whole(config?.[`${part}_width`], MOST_WIDTH)], [`${part}_blocks`, whole(config?.[`${part}_blocks`], MOST_BLOCKS)]])),
  };
  for (const [name, good] of Object.entries(checks)) if (!good) throw new Fault("badConfig", name);
  for (const name of Object.keys(config)) if (!Object.hasOwn(checks, name)) throw new Fault("badConfig", name.slice(0, 80)); // Python would refuse it
  return config;
}

async function check(config, files) {
  const expected = shapesOf(config);
  for (const part of Object.keys(files)) {
    let tensors;
    const { buffer } = files[part].slice();
    try { tensors = await readTensors(buffer); } catch { throw new Fault("badFile", `${part}.safetensors`); }
    const { header } = headerOf(buffer);
    const n = tensors.label?.length ?? 0, moments = tensors.epoch?.length ?? 0;
    const shapes = expected[part] ?? (part === "encodings" ? { mean: [n, 2], logvar: [n, 2], label: [n], rate: [n], distortion: [n], log_prob: [n] }
      : { epoch: [moments], rate: [moments], distortion: [moments], mean: [moments, tensors.mean?.length / 2 / moments, 2] });
    for (const key of new Set([...Object.keys(shapes), ...Object.keys(tensors)])) {
      const values = tensors[key], points = config.objective === "autoencoder" && ["logvar", "rate"].includes(key);
      const size = shapes[key]?.reduce((/** @type {number} */ all, /** @type {number} */ n) => all * n, 1);
      const good = values?.length === size && size > 0 && String(header[key]?.shape) === String(shapes[key]) && values.every((value) => Number.isFinite(value) || (points && Math.abs(value) === Infinity));
      if (!good) throw new Fault("badTensor", `${part}.safetensors`, key);
    }
    if (part === "encodings" && !(tensors.label instanceof Uint8Array && tensors.label.every((label) => label < Math.max(config.classes.length, 1)))) throw new Fault("badTensor", "encodings.safetensors", "label");
  }
}

// --- the browser's storage -------------------------------------------------------------------------

function onShelf(/** @type {IDBTransactionMode} */ mode, /** @type {(shelf: IDBObjectStore) => IDBRequest} */ work) {
  return new Promise((done, failed) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(SHELF, { keyPath: "name" });
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const exchange = opening.result.transaction(SHELF, mode), asked = work(exchange.objectStore(SHELF));
      exchange.oncomplete = () => { opening.result.close(); done(asked.result); };
      exchange.onabort = () => { opening.result.close(); failed(exchange.error); };
    };
  });
}

/** Whether there is room for it. */
const keep = ({ name, config, files }) => onShelf("readwrite", (shelf) => shelf.put({ name, config, files })).then(() => true, () => false);

/** What was kept at an earlier visit is in the list again. */
export async function restore() {
  const found = await onShelf("readonly", (shelf) => shelf.getAll()).catch(() => []); // a page from a disk may keep nothing
  for (const model of found) {
    if (lab.descriptions[model.name]) continue;
    model.kept = true;
    own.set(model.name, model);
    show(model);
  }
}
