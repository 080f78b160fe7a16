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
const FINER = 3; // cells shown for each of those, along each axis
const FAINTEST = -6; // nats below the highest cell: what is not shown

let net = null; // a promise of the model
let last = { pixels: null, label: null }; // asked for
let ready = null; // { label, weights, offsets }, see vae_core/exact.py: log p(x|z) = x · W(z) + b(z) + h(x)

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
    if (k % SIDE === 0) { // to hear of another class, and to say that it is not ready
      await breathe();
      if (last.label !== label) return;
    }
  }
  ready = { label, weights, offsets };
  if (last.pixels) answer();
}

function cells(pixels) { // [z1, z2, width, nats below the highest], of those that show
  const n = SIDE * SIDE;
  const joint = Float64Array.from(ready.offsets);
  pixels.forEach((x, i) => {
    if (!x) return;
    const start = i * n;
    for (let k = 0; k < n; k++) joint[k] += x * ready.weights[start + k];
  });
  const across = bent(joint, SIDE, SIDE); // and then down: the same with rows and columns swapped
  const fine = bent(turned(across, SIDE), SIDE, FINER * SIDE);
  const side = FINER * SIDE;
  const width = SPAN / side;
  const best = fine.reduce((a, b) => Math.max(a, b));
  const shown = [];
  fine.forEach((value, at) => {
    if (value - best < FAINTEST) return;
    const [column, row] = [Math.floor(at / side), at % side];
    shown.push([(column + 0.5) * width - SPAN / 2, SPAN / 2 - (row + 0.5) * width, width, value - best]);
  });
  return shown;
}

function turned(values, rows) {
  const columns = values.length / rows;
  return Float64Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]);
}

// FINER values for each in every row, on cubics through the neighbours (Catmull and Rom 1974).
function bent(values, columns, rows) {
  const found = new Float64Array(FINER * values.length);
  const weights = Array.from({ length: FINER }, (_, k) => {
    const t = (k + 0.5) / FINER - 0.5; // from the middle of a cell, so to the left or to the right
    const s = Math.abs(t);
    const four = [-0.5 * s + s ** 2 - 0.5 * s ** 3, 1 - 2.5 * s ** 2 + 1.5 * s ** 3,
      0.5 * s + 2 * s ** 2 - 1.5 * s ** 3, -0.5 * s ** 2 + 0.5 * s ** 3];
    return { towards: t < 0 ? -1 : 1, four };
  });
  for (let row = 0; row < rows; row++) {
    const at = (column) => values[row * columns + Math.min(Math.max(column, 0), columns - 1)];
    for (let column = 0; column < columns; column++) {
      weights.forEach(({ towards, four: [a, b, c, d] }, k) => {
        found[(row * columns + column) * FINER + k] = a * at(column - towards) + b * at(column)
          + c * at(column + towards) + d * at(column + 2 * towards);
      });
    }
  }
  return found;
}
