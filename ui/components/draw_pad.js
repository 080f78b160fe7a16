// Strokes of a pointer on a white page; the value is the page as a PNG data URL. While a stroke goes
// on, the browser itself prepares, encodes and decodes the page.

const VERSION = new URL(import.meta.url).search;
const load = (name) => import(new URL(name + VERSION, import.meta.url));
const [{ lab }, { address, paint }, { prepareDrawing }, { drawPage }] = await Promise.all(
  ["lab", "vae", "prepare", "page"].map((name) => load(`../static/${name}.js`)));

export function mount({ element, props, trigger }) {
  const canvas = element.querySelector("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let strokes = []; // each a list of [x, y]
  let stroke = null;
  let following = 0;
  canvas.setAttribute("aria-label", `${props.label}: draw with the mouse, a pen or a finger`);

  const draw = () => drawPage(pen, strokes);

  function show() { // what the model makes of the page so far
    if (!lab.net?.canEncode) return;
    const { shape } = lab.net;
    const seen = prepareDrawing(pen.getImageData(0, 0, canvas.width, canvas.height), lab.net);
    if (!seen) return;
    const q = lab.encode(seen);
    if (!lab.seen?.drawn) lab.density = null; // it is of another picture, as all that the server said
    document.documentElement.classList.add("outdated");
    lab.set("seen", { ...q, drawn: true });
    previewer.show(seen, q.label);
    // What was drawn, and its ellipse, come first; the pictures follow once the frame is painted.
    clearTimeout(following);
    following = setTimeout(() => {
      const decoded = lab.net.decode(...q.mean, q.label);
      picture("seen", seen, shape);
      picture("reconstruction", decoded, shape);
      picture("difference", difference(seen, decoded, shape), [3, shape[1], shape[2]]);
    });
  }

  function publish() {
    props.value = strokes.length ? canvas.toDataURL("image/png") : null;
    trigger("change");
  }

  function place(event) {
    const scale = canvas.width / canvas.clientWidth;
    return [event.offsetX * scale, event.offsetY * scale];
  }

  canvas.addEventListener("pointerenter", () => {
    if (lab.net) previewer.prepare(lab.model);
  });
  canvas.addEventListener("pointerdown", (event) => {
    if (stroke || event.button !== 0) return; // a second finger, or another button of the mouse
    canvas.setPointerCapture(event.pointerId);
    stroke = { id: event.pointerId, points: [place(event)] };
    lab.drawing = true;
    strokes.push(stroke.points);
    draw();
    show();
    lab.net?.loadEncoder().catch(() => {}); // the server answers at the end of the stroke all the same
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== stroke?.id) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) stroke.points.push(place(part));
    draw();
    show();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerId !== stroke?.id) return;
      stroke = null;
      lab.drawing = false;
      publish();
    });
  }
  const tools = { undo: () => strokes.pop(), clear: () => { strokes = []; } };
  for (const button of element.querySelectorAll("[data-tool]")) {
    button.onclick = () => { tools[button.dataset.tool](); draw(); publish(); };
  }
  draw();
}

// The true posterior while the drawing grows, by a worker beside the page: see posterior.js.
const previewer = {
  worker: null,
  model: null, // that it is for
  waiting: null, // what was seen last, while the worker is busy
  busy: false,

  prepare(model) {
    if (this.model === model) return;
    this.model = model;
    this.worker?.terminate(); // and with it what it was at
    this.worker = new Worker(new URL("../static/posterior.js" + VERSION, import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data: cells }) => {
      this.busy = false;
      // Once the server has answered, that is more exact.
      if (lab.seen?.drawn) lab.set("density", cells && { cells, modes: [] });
      this.next();
    };
    this.worker.postMessage({ ...model, decoder: address(model.decoder) });
    this.busy = false;
  },

  show(pixels, label) {
    this.prepare(lab.model);
    this.waiting = { pixels: Float32Array.from(pixels), label };
    this.next();
  },

  next() {
    if (this.busy || !this.waiting) return;
    this.worker.postMessage(this.waiting);
    [this.busy, this.waiting] = [true, null];
  },
};

const scratch = document.createElement("canvas");

function picture(testId, pixels, shape) { // into the pictures that the server put on the page
  paint(scratch, pixels, shape);
  const url = scratch.toDataURL();
  for (const image of document.querySelectorAll(`img[data-testid=${testId}]`)) image.src = url;
}

// Where there is more than there was (blue) or less (orange), as ui.pictures.difference has it.
function difference(seen, decoded, [channels, height, width]) {
  const n = height * width;
  const colours = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    let [sum, size] = [0, 0];
    for (let at = i; at < channels * n; at += n) {
      sum += (decoded[at] - seen[at]) / channels;
      size += Math.abs(decoded[at] - seen[at]) / channels;
    }
    const [r, g, b] = sum < 0 ? [0.90, 0.42, 0] : [0, 0.45, 0.70];
    [r, g, b].forEach((value, c) => { colours[c * n + i] = 1 - size * (1 - value); });
  }
  return colours;
}
