// Files to train on: a folder for each class, or files without one. They are prepared as everywhere, and stay on this computer.

import { prepare } from "../core/prepare.js";
import { Fault } from "../core/fault.js";
import { readPicture } from "../core/read-picture.js";
import { breathe } from "../core/tiles.js";
import { words } from "../words/index.js";

const say = words.trainData;
const MOST = 2000; // files
const KINDS = {
  ink: { shape: [1, 28, 28], likelihood: "bernoulli" }, thing: { shape: [1, 28, 28], likelihood: "bernoulli" }, photo: { shape: [3, 32, 32], likelihood: "gaussian" },
};
const PICTURE = /\.(png|jpe?g|webp|gif|bmp|avif|heic|heif|tiff?)$/i;

/** @param {HTMLElement} element
 * @param {(set: import("../core/train/data.js").DataSet | null) => void} tell */
export function mountPictures(element, tell) {
  element.classList.add("train-pictures");
  element.innerHTML = `<p class="small">${say.files}</p>
    <p class="row"><label>${say.kind} <select>${Object.keys(KINDS).map((kind) => `<option value="${kind}">${say.kinds[kind]}</option>`).join("")}</select></label>
      <label class="button">${say.folder}<input type="file" class="folder" webkitdirectory multiple></label><label class="button">${say.some}<input type="file" class="some" accept="image/*" multiple></label>
      <progress max="1" value="0" aria-label="${say.reading}" hidden></progress></p>
    <p class="small" role="status"></p><details class="left-out" hidden><summary></summary><ul></ul></details>`;
  const find = (/** @type {string} */ selector) => /** @type {any} */ (element.querySelector(selector));
  const [kind, progress, status, left] = ["select", "progress", "[role=status]", ".left-out"].map(find);
  /** @type {{ file: File, path: string }[]} */ let given = [];
  let turn = 0;

  async function read() {
    const now = ++turn, bad = [], found = [], { shape, likelihood } = KINDS[kind.value];
    progress.hidden = false;
    for (const [k, { file, path }] of given.entries()) {
      progress.value = k / given.length;
      try {
        const { pixels } = await readPicture(file);
        const seen = prepare(pixels.data, pixels.width, pixels.height, { shape, preparation: kind.value });
        if (seen) found.push({ image: seen.image, name: path.split("/").at(-2) ?? "" });
        else bad.push([path, words.pictures.blank]);
      } catch (error) {
        const sentence = words.pictures[error instanceof Fault ? error.key : "unreadable"];
        bad.push([path, typeof sentence === "function" ? sentence(...error.details) : sentence]);
      }
      await breathe();
      if (now !== turn) return;
    }
    progress.hidden = true;
    const classes = [...new Set(found.map(({ name }) => name))].filter(Boolean).sort(), named = found.every(({ name }) => name);
    status.textContent = found.length ? say.read(found.length, named ? classes.map((name) => `${name} (${found.filter((one) => one.name === name).length})`) : []) : say.nothing;
    left.hidden = !bad.length;
    left.querySelector("summary").textContent = say.leftOut(bad.length);
    left.querySelector("ul").replaceChildren(...bad.map(([path, why]) => Object.assign(document.createElement("li"), { textContent: `${path}: ${why}` })));
    tell(found.length ? {
      dataset: "folder", shape, preparation: kind.value, likelihood, classes: named ? classes : [], factors: null, origin: Int32Array.from(found.keys()),
      images: joined(found.map(({ image }) => image)), labels: Uint8Array.from(found, ({ name }) => (named ? classes.indexOf(name) : 0)),
    } : null);
  }

  function take(/** @type {{ file: File, path: string }[]} */ files) {
    const pictures = files.filter(({ file }) => PICTURE.test(file.name) || file.type.startsWith("image/"));
    given = pictures.slice(0, MOST);
    read();
  }

  for (const name of [".folder", ".some"]) {
    find(name).onchange = ({ target }) => {
      take([...target.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
      target.value = "";
    };
  }
  kind.onchange = () => { if (given.length) read(); };
  element.addEventListener("dragover", (event) => { event.preventDefault(); });
  element.addEventListener("drop", async (event) => {
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    take((await Promise.all(entries.map((entry) => filesIn(entry, "")))).flat());
  });
}

/** The files under what was dropped, with their paths.
 * @returns {Promise<{ file: File, path: string }[]>} */
async function filesIn(/** @type {any} */ entry, /** @type {string} */ before) {
  const path = before + entry.name;
  if (entry.isFile) return [{ path, file: await new Promise((done, failed) => { entry.file(done, failed); }) }];
  const reader = entry.createReader(), found = [];
  for (let some = null; !some || some.length;) { // a hundred at a time
    some = await new Promise((done, failed) => { reader.readEntries(done, failed); });
    found.push(...some);
  }
  return (await Promise.all(found.map((one) => filesIn(one, `${path}/`)))).flat();
}

function joined(/** @type {Float32Array[]} */ images) {
  const all = new Float32Array(images.length * images[0].length);
  images.forEach((image, k) => all.set(image, k * image.length));
  return all;
}
