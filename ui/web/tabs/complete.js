// Complete: a part of a picture, and all that it may be a part of.

import { corrupt } from "../core/corrupt.js";
import { complete } from "../core/exact.js";
import { paint } from "../core/model.js";
import { number } from "../numbers.js";
import { mountMap } from "../parts/latent-map.js";
import { mountMaskPad } from "../parts/mask-pad.js";
import { picture } from "../parts/pictures.js";
import { undoable } from "../parts/undo.js";
import { lab } from "../store.js";
import { why, words } from "../words/index.js";

const say = words.complete;
const SAMPLES = 8;
const PRIOR_BITS = Math.log2(2 * Math.PI * Math.E); // entropy of p(z) = N(0, I)
const MOST_STROKES = 40; // on the curve

/** @param {HTMLElement} element */
export function mount(element) {
  element.classList.add("complete");
  element.innerHTML = `
    <p class="lead">${say.lead}</p>
    <div class="columns">
      <div class="given"><div class="pad"></div>
        <p class="row"><button type="button" class="blank">${say.blankPage}</button></p>
        <label>${say.noise} <input type="range" min="0" max="80" step="10" value="0" aria-label="${say.noise}"> <output>0</output> %</label><p class="small noise-note"></p></div>
      <div class="found"><div class="pictures"></div><p class="of-samples">${say.samples(SAMPLES)}</p><div class="pictures four samples"></div></div>
      <div class="evidence"><p data-testid="evidence" role="status"></p><div class="curve"></div><div class="map"></div></div>
    </div>
    <details><summary>${say.meaning}</summary>${say.meaningParts.map((part) => `<p>${part}</p>`).join("")}</details>`;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (element.querySelector(selector));
  const noise = /** @type {HTMLInputElement} */ (find(".given input[type=range]"));
  const map = mountMap(find(".map"), { label: say.where, samples: true });
  const [guess, seen] = [picture(say.guess), picture(say.seen)];
  guess.dataset.testid = "completion";
  find(".found .pictures").append(guess);
  const drawn = Array.from({ length: SAMPLES }, (_, k) => picture(say.sample(k + 1)));
  find(".samples").append(...drawn);
  /** @type {import("../parts/mask-pad.js").Masked} */ let masked = null;
  let strokes = []; // [how many, entropy in bits after them]
  let turn = 0;

  const pad = mountMaskPad(find(".pad"), (what) => {
    const { strokes: count, again } = what;
    if (count > (masked?.strokes ?? 0) && !again) undoable(pad.back(count));
    masked = what;
    lab.set("mask", what.blank ? null : what.known);
    answer();
  });

  function begin() { // with the picture of the page, whatever it is
    const { net, seen: q } = lab;
    if (!net || !q) return;
    strokes = [];
    const { mask } = lab.asked; // which a link brought
    lab.asked.mask = null;
    pad.take(q.image, net.shape, net.preparation === "ink", mask?.length === net.shape[1] * net.shape[2] ? mask : "right");
  }
  find(".blank").onclick = () => {
    const { net } = lab;
    if (!net) return;
    strokes = [];
    pad.take(new Float32Array(net.shape.reduce((a, b) => a * b)), net.shape, true, "all");
  };

  async function answer() {
    const { net } = lab;
    if (!masked || !net || !element.clientWidth) return;
    const now = ++turn, { image, known, strokes: count } = masked, share = Number(noise.value) / 100;
    const [channels] = net.shape;
    const mask = new Uint8Array(image.length);
    for (let c = 0; c < channels; c++) mask.set(known, c * known.length);
    const given = share ? corrupt(image, share, net.gaussian) : image;
    const label = net.conditional ? lab.seen?.label ?? lab.label : null;
    const status = find("[data-testid=evidence]");
    const found = await complete(net, given, mask, {
      samples: SAMPLES, label, noise: share, asker: "completion",
      progress: (done) => { if (now === turn) status.textContent = say.preparing(done); },
    }).catch((error) => { if (now === turn && net === lab.net) status.textContent = say.failed(why(error)); return null; });
    if (!found || now !== turn || net !== lab.net) return;
    guess.show(found.mean, net.shape);
    seen.remove();
    if (share) {
      guess.before(seen);
      seen.show(given, net.shape);
      hatch(seen.querySelector("canvas"), known, net.shape);
    }
    find(".found .pictures").classList.toggle("two", Boolean(share));
    found.samples.forEach((sample, k) => drawn[k].show(share ? sample : sample.map((value, i) => (mask[i] ? given[i] : value)), net.shape));
    map.show({ density: found, samples: found.codes });
    strokes = [...strokes.filter(([n]) => n < count), [count, found.entropyBits]].slice(-MOST_STROKES);
    status.textContent = say.evidence({
      strokes: count, pixels: known.reduce((a, b) => a + b, 0), all: known.length, noise: share,
      bits: found.informationBits, times: 2 ** (PRIOR_BITS - found.entropyBits), probabilistic: net.probabilistic,
    });
    find(".curve").innerHTML = curve(strokes);
  }

  noise.oninput = () => { find("output").textContent = noise.value; };
  noise.onchange = () => { strokes = []; answer(); };

  lab.listen(element, (what) => {
    if (what === "seen") begin();
    if (what !== "model") return;
    find(".blank").hidden = lab.model.preparation !== "ink";
    find(".noise-note").textContent = lab.model.gaussian ? say.gaussianNoise : say.bernoulliNoise;
    begin();
  });
  new ResizeObserver(() => { if (turn === 0) answer(); }).observe(element); // when its tab opens
  if (lab.model) {
    find(".blank").hidden = lab.model.preparation !== "ink";
    find(".noise-note").textContent = lab.model.gaussian ? say.gaussianNoise : say.bernoulliNoise;
  }
  begin();
}

/** Hidden pixels in the colour that says so. */
function hatch(canvas, known, [, height, width]) {
  const whole = document.createElement("canvas");
  paint(whole, Float32Array.from({ length: width * height }, () => 0.72), [1, height, width]);
  const pen = canvas.getContext("2d");
  known.forEach((one, i) => { if (!one) pen.drawImage(whole, 0, 0, 1, 1, i % width, Math.floor(i / width), 1, 1); });
}

/** Entropy in bits after each stroke, as a picture with words for those who cannot see it. */
function curve(strokes) {
  const [width, height, left, top, bottom] = [360, 172, 48, 22, 40];
  const values = strokes.map(([, value]) => value);
  const high = Math.max(PRIOR_BITS, ...values) + 1, low = Math.min(0, ...values) - 1;
  const first = strokes[0][0], last = Math.max(strokes.at(-1)[0], first + 4);
  const x = (/** @type {number} */ stroke) => left + 8 + ((stroke - first) / (last - first)) * (width - left - 60);
  const y = (/** @type {number} */ value) => top + ((high - value) / (high - low)) * (height - bottom - top);
  const level = (/** @type {number} */ value, /** @type {string} */ name) =>
    `<line x1="${left}" x2="${width}" y1="${y(value)}" y2="${y(value)}"/><text x="${left - 4}" y="${y(value) + 4}" text-anchor="end">${name}</text>`;
  return `<figure><figcaption>${say.curveTitle}</figcaption><svg class="entropy" viewBox="0 0 ${width} ${height}" role="img" data-testid="curve" aria-label="${say.curve(strokes)}">`
    + level(PRIOR_BITS, say.prior) + level(0, "0")
    + `<polyline points="${strokes.map(([n, value]) => `${x(n).toFixed(1)},${y(value).toFixed(1)}`).join(" ")}"/>`
    + strokes.map(([n, value]) => `<circle cx="${x(n).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3.5"/>`).join("")
    + `<text x="${x(strokes.at(-1)[0]) + 8}" y="${y(values.at(-1)) + 4}">${number(values.at(-1), 1)}</text>`
    + [...new Set([first, strokes.at(-1)[0]])].map((n) => `<text x="${x(n)}" y="${height - 22}" text-anchor="middle">${n}</text>`).join("")
    + `<text x="0" y="14">${say.entropy}</text><text x="${width}" y="${height - 4}" text-anchor="end">${say.axis}</text></svg></figure>`;
}
