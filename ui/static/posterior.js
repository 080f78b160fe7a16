// A preview of the true posterior p(z|x) while a drawing grows, computed beside the page (a worker):
// the plane is decoded once on a coarse grid, log p(x, z) is one product with that, and between the
// cells it is bent smoothly. On MNIST's test images, blurred by 0.08, half of the previews put less
// than 7 % of the mass in a wrong place, nine in ten less than 28 %. What the server computes
// (vae_core.exact, cells as fine as needed) takes its place when the pen rests.
//
// Told a model's description it gets ready, which takes some seconds, for a conditional model once it
// knows the class; told { pixels, label } it answers with cells, see `Sheet.density` in
// latent_map_paint.js, or with null as long as it is not ready for that class.

const VERSION = new URL(import.meta.url).search;
const load = (name) => import(new URL(name + VERSION, import.meta.url));

const SIDE = 64; // cells decoded, along each axis
const SPAN = 9; // of the plane
const FINER = 3; // cells shown for each of those, along each axis: the one in the middle, and one to either side
const FAINTEST = -6; // nats below the highest cell: what is not shown
const PAUSE = 100; // milliseconds: while the pen moves it does not get ready, which would slow the drawing down

let net = null; // a promise of the model
let last = { pixels: null, label: null }; // asked for
let asked = 0; // when
let ready = null; // { label, weights, offsets }, see vae_core/exact/grid.py: log p(x|z) = x · W(z) + b(z) + h(x)

// Listening from the start: the modules come later.
const modules = Promise.all([load("vae.js"), load("tiles.js")]);
self.onmessage = async ({ data }) => {
  if (data.decoder) {
    net = modules.then(([{ loadModel }]) => loadModel(data));
    if (!(await net).conditional) prepare(null);
    return;
  }
  if (data.label !== last.label) prepare(data.label);
  last = data;
  asked = performance.now();
  answer();
};

const answer = () => self.postMessage(ready?.label === last.label ? cells(last.pixels) : null);

async function prepare(label) {
  const [[, { tileCodes, breathe }], model] = await Promise.all([modules, net]);
  const [n, size] = [SIDE * SIDE, model.shape.reduce((a, b) => a * b)];
  const weights = new Float32Array(n * size); // pixel by pixel: most of a drawing's are 0
  const offsets = new Float64Array(n);
  const variance = model.gaussian ? Math.exp(model.decode_.pixelLogvar) : 1;
  for (const [k, [z1, z2]] of tileCodes({ x: 0, y: 0, span: SPAN }, SIDE).entries()) {
    const means = model.decode(z1, z2, label);
    let offset = -0.5 * (z1 ** 2 + z2 ** 2);
    for (let i = 0; i < size; i++) {
      const p = model.gaussian ? means[i] : Math.min(Math.max(means[i], 1e-12), 1 - 1e-12);
      weights[i * n + k] = model.gaussian ? p / variance : Math.log(p / (1 - p));
      offset += model.gaussian ? -0.5 * p ** 2 / variance : Math.log(1 - p);
    }
    offsets[k] = offset;
    if (k % 8 === 0) { // to hear of another class, and to say that it is not ready
      await breathe();
      while (performance.now() - asked < PAUSE) await new Promise((done) => { setTimeout(done, PAUSE); });
      if (last.label !== label) return;
    }
  }
  ready = { label, weights, offsets };
  if (last.pixels) answer();
}

function cells(pixels) { // [z1, z2, width, nats below the highest], of those that show
  const n = SIDE * SIDE;
  const joint = Float64Array.from(ready.offsets);
  const { weights } = ready;
  for (let i = 0; i < pixels.length; i++) {
    const x = pixels[i];
    for (let k = 0, at = i * n; x && k < n; k++, at++) joint[k] += x * weights[at];
  }
  const side = FINER * SIDE;
  const fine = bent(bent(joint, SIDE), SIDE); // along the rows, and then along the columns
  const width = SPAN / side;
  let best = -Infinity;
  for (let at = 0; at < fine.length; at++) if (fine[at] > best) best = fine[at];
  const shown = [];
  for (let at = 0; at < fine.length; at++) {
    if (fine[at] - best < FAINTEST) continue;
    const [row, column] = [Math.floor(at / side), at % side];
    shown.push([(column + 0.5) * width - SPAN / 2, SPAN / 2 - (row + 0.5) * width, width, fine[at] - best]);
  }
  return shown;
}

// FINER values for each in every row, on cubics through the neighbours (Catmull and Rom 1974); the
// rows come back as columns. A third of the way to a neighbour, that one, the value itself and the
// two beyond them count:
const S = 1 / FINER;
const TOWARDS = 0.5 * S + 2 * S ** 2 - 1.5 * S ** 3, OWN = 1 - 2.5 * S ** 2 + 1.5 * S ** 3;
const BEYOND = -0.5 * S ** 2 + 0.5 * S ** 3, BEHIND = -0.5 * S + S ** 2 - 0.5 * S ** 3;

function bent(values, columns) {
  const rows = values.length / columns;
  const found = new Float64Array(FINER * values.length);
  for (let row = 0; row < rows; row++) {
    const first = row * columns, last = first + columns - 1;
    for (let at = first; at <= last; at++) {
      const own = values[at];
      const left = values[Math.max(at - 1, first)], right = values[Math.min(at + 1, last)];
      const place = FINER * (at - first) * rows + row;
      found[place] = BEHIND * right + OWN * own + TOWARDS * left + BEYOND * values[Math.max(at - 2, first)];
      found[place + rows] = own;
      found[place + 2 * rows] = BEHIND * left + OWN * own + TOWARDS * right + BEYOND * values[Math.min(at + 2, last)];
    }
  }
  return found;
}
