// Trainings on the computer of the Gradio app, where it was started with --train: everybody sees how one goes, and gets its model.

import { lab } from "../store.js";
import { words } from "../words/index.js";
import { Sheet, colouring } from "./latent-map-paint.js";
import { describe } from "./pictures.js";
import { Curves } from "./train-curves.js";

const say = words.hostTraining;
const NEAR = 1000, FAR = 15_000; // milliseconds between two looks: where it is in view, and elsewhere
const MOST_BYTES = 200 * 1024 ** 2; // of a ZIP, as ui/archives.py has it
const DATASETS = ["upload", "mnist", "fashion", "cifar10", "frey"];
const NUMBERS = { epochs: "", beta: 1, width: 256, blocks: 2, size: 28, seed: 0 };
const STEPS = 2500, BATCHES = 8; // that a model needs at least, and how many make a pass over few pictures
const BATCH = 256, EPOCHS = 30, MOST_EPOCHS = 1000; // where there are many
const NONE = new Set();
const SPAN = 7;

/** @type {Set<(state: any) => void>} */
const listeners = new Set();
let latest = null, near = false, timer = 0;

/** Where it answers; null where there is none.
 * @returns {string | null} */
export function trainingAddress() {
  const told = document.getElementById("training")?.textContent;
  const root = /** @type {any} */ (window).gradio_config?.root ?? new URL(".", document.baseURI).href.slice(0, -1);
  return told ? new URL(JSON.parse(told).address, `${root}/`).href : null;
}

/** Models that are finished come into the list of every open page.
 * @param {(one: any) => Description} found makes a description's addresses whole */
export function watchTrainings(found) {
  if (!trainingAddress()) return;
  async function look() {
    try {
      latest = await (await fetch(new URL("state", trainingAddress()))).json();
      for (const one of latest.models) if (!lab.descriptions[one.name]) lab.add(found(one));
      for (const listener of listeners) listener(latest);
    } catch { /* the server may be away for a moment */ }
    timer = window.setTimeout(look, near && !document.hidden ? NEAR : FAR);
  }
  lookNow = () => { clearTimeout(timer); look(); };
  look();
}
let lookNow = () => {};

async function ask(/** @type {string} */ what, /** @type {BodyInit} */ body, type = "application/json") {
  const key = new URL(location.href).searchParams.get("train") ?? "";
  const response = await fetch(new URL(what, trainingAddress()), { method: "POST", headers: { "content-type": type, "x-train-key": key }, body });
  const answer = await response.json().catch(() => ({ error: `HTTP ${response.status}` }));
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** @param {HTMLElement} element */
export function mountHostTraining(element) {
  const may = new URL(location.href).searchParams.has("train");
  element.classList.add("host-training");
  const numbers = Object.entries(NUMBERS).map(([name, value]) => `<label>${say.numbers[name]} <input type="number" name="${name}" value="${value}" ${value === "" ? `placeholder="${say.enough}"` : ""} min="0" step="any"></label>`).join("");
  element.innerHTML = `<p class="small">${may ? say.lead : say.watch}</p>
    <form class="asked" ${may ? "" : "hidden"}><p class="row"><label>${say.dataset} <select name="dataset">${DATASETS.map((name) => `<option value="${name}">${say.datasets[name]}</option>`).join("")}</select></label>
      <label class="file">${say.zip} <input type="file" accept=".zip,application/zip"></label><label>${say.name} <input type="text" name="name" maxlength="64" value="mine"></label></p>
      <p class="row"><label>${say.objective} <select name="objective">${["elbo", "iwae", "autoencoder"].map((name) => `<option value="${name}">${words.train.objectives[name]}</option>`).join("")}</select></label>${numbers}</p>
      <p class="row"><button type="submit" class="primary">${say.start}</button><progress hidden aria-label="${say.sending}"></progress></p></form>
    <p class="doubt problem" role="alert"></p><p class="told" role="status"></p>
    <div class="going" hidden><progress max="1"></progress> <button type="button" class="cancel" ${may ? "" : "hidden"}>${say.cancel}</button><div class="row"><canvas></canvas><div class="course"></div></div></div>
    <ul class="others"></ul>`;
  const find = (/** @type {string} */ selector) => /** @type {any} */ (element.querySelector(selector));
  const [form, problem, told, going, others, file] = ["form", ".problem", ".told", ".going", ".others", "[type=file]"].map(find);
  const sheet = new Sheet(find("canvas"));
  describe(sheet.canvas, say.map);
  const fold = element.closest("details");
  if (fold) fold.addEventListener("toggle", () => { near = /** @type {HTMLDetailsElement} */ (fold).open; if (near) lookNow(); });

  let listed = "";

  async function send(/** @type {() => Promise<any>} */ work) {
    problem.textContent = "";
    try {
      const answer = await work();
      lookNow();
      return answer;
    } catch (error) { problem.textContent = say.refused(error.message); return null; }
  }

  form.onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const value = (/** @type {string} */ name) => form.elements[name].value, number = (/** @type {string} */ name) => Number(value(name));
    const [width, blocks] = [number("width"), number("blocks")];
    const recipe = {
      objective: value("objective"), beta: number("beta"), seed: number("seed"), size: number("size"),
      encoder_width: width, decoder_width: width, encoder_blocks: blocks, decoder_blocks: blocks,
    };
    const sent = find("form progress");
    send(async () => {
      const upload = value("dataset") === "upload";
      if (upload && !file.files.length) throw new Error(say.noZip);
      if (upload && file.files[0].size > MOST_BYTES) throw new Error(say.tooLarge);
      sent.hidden = !upload;
      const received = upload ? await ask("upload", file.files[0], "application/zip") : null;
      const n = received ? Object.values(received.classes).reduce((/** @type {number} */ a, /** @type {any} */ b) => a + b, 0) : Infinity;
      const batch_size = Math.min(Math.max(Math.ceil(n / BATCHES), 8), BATCH);
      const epochs = number("epochs") || Math.min(Math.max(Math.ceil((STEPS * batch_size) / n), EPOCHS), MOST_EPOCHS);
      const from = received ? { upload: received.upload } : { dataset: value("dataset") };
      const { place } = await ask("start", JSON.stringify({ name: value("name"), recipe: { ...recipe, batch_size, epochs }, ...from }));
      told.textContent = place ? say.queued(place) : say.started;
    }).finally(() => { sent.hidden = true; });
  };
  form.elements.dataset.onchange = () => { for (const one of [find(".file"), form.elements.size.closest("label")]) one.hidden = form.elements.dataset.value !== "upload"; };
  find(".cancel").onclick = () => send(() => ask("cancel", JSON.stringify({ number: latest.running.number })));

  function show(/** @type {any} */ state) {
    const { running, now, last, curve, waiting, unfinished } = state;
    going.hidden = !running;
    if (running) {
      told.textContent = now ? say.epoch(running.name, now.epoch, now.epochs, now.seconds_left) : say.begins(running.name);
      find(".going progress").value = now ? now.epoch / now.epochs : 0;
      find(".course").innerHTML = drawn(curve);
      if (now?.codes.length && sheet.start({ x: 0, y: 0, span: SPAN })) {
        const labels = Uint8Array.from(now.labels);
        sheet.points(Float32Array.from(now.codes), labels, colouring(labels, true, null).colours, NONE, 2.6);
        sheet.axes(true);
      }
    } else if (last) told.textContent = say.ends[last.end](last.name, last.why);
    const list = JSON.stringify([waiting, unfinished]);
    if (list === listed) return;
    listed = list; // buttons stay what they are under a finger
    const item = (/** @type {any} */ one, /** @type {string} */ text, /** @type {string[]} */ buttons) => {
      const line = Object.assign(document.createElement("li"), { textContent: text });
      if (may) line.append(...buttons.map((what) => Object.assign(document.createElement("button"), { type: "button", textContent: say[what], onclick: () => send(() => ask(what, JSON.stringify({ number: one.number }))) })));
      return line;
    };
    others.replaceChildren(
      ...waiting.map((/** @type {any} */ one, /** @type {number} */ k) => item(one, say.waits(one.name, k + 1), ["cancel"])),
      ...unfinished.map((/** @type {any} */ one) => item(one, say.unfinished(one.name), ["go_on", "forget"])),
    );
  }
  const listener = (/** @type {any} */ state) => { if (element.isConnected) show(state); else listeners.delete(listener); };
  listeners.add(listener);
  if (latest) show(latest);
}

function drawn(/** @type {{ epoch: number, rate: number, distortion: number }[]} */ curve) {
  const curves = new Curves(say.epochs);
  for (const { epoch, rate, distortion } of curve) curves.add({ steps: epoch, bound: -(rate + distortion), distortion, rate });
  return curves.svg();
}
