// What stands on a stop's stage: each view is mounted by its name, which lessons/stops.js lists. `reveal` is told the sentence in which
// prediction and truth stand together, and whether the prediction was right, where that can be said.

import { drawCodes } from "../core/generate.js";
import { encodingsOf } from "../core/encodings.js";
import { complete, posterior } from "../core/exact.js";
import { look, measure } from "../core/look.js";
import { loadModel } from "../core/model.js";
import { nearest } from "../core/neighbours.js";
import { SIDE, drawPage, pixelsOf } from "../core/page.js";
import { random } from "../core/random.js";
import { decodeTiles } from "../core/tiles.js";
import { STRANGE } from "../lessons/stops.js";
import { number, shown } from "../numbers.js";
import { words } from "../words/index.js";
import { mountDrawPad } from "./draw-pad.js";
import { mountMap } from "./latent-map.js";
import { answers, keep } from "./lesson-answers.js";
import { picture } from "./pictures.js";
import { realImage, realImages } from "./real-images.js";
import { mountSketch } from "./sketch-map.js";

const say = words.lesson;
const [GRID, COLUMNS, MANY, LOST] = [30, 6, 2000, 0.1]; // random codes shown, in a row, measured; how far from any test code one is lost
const ENDINGS = 8; // of the stop "blur"

/** @typedef {{ stop: import("../lessons/stops.js").Stop, lab: import("../store.js").Store, answer: any, reveal: (sentence: string, right?: boolean) => void }} Context */

/** @type {Record<string, (element: HTMLElement, context: Context) => void | Promise<void>>} */
export const VIEWS = {
  pad: (element, { lab }) => mountDrawPad(element, lab),
  map: (element, { lab }) => { mountMap(element, { label: words.reconstruct.where }); },

  pictures(element, { lab }) {
    const figures = [picture(say.seen), picture(say.painted)];
    figures.forEach((figure, k) => { figure.dataset.testid = ["seen", "reconstruction"][k]; });
    element.append(...figures);
    element.classList.add("pictures", "two");
    const show = () => {
      const { net, seen, z } = lab;
      if (!net) return;
      figures[0].show(seen?.image ?? null, net.shape);
      figures[1].show(net.decode(z[0], z[1], lab.label), net.shape);
    };
    lab.listen(element, (what) => { if (["seen", "z", "model"].includes(what)) show(); });
    show();
  },

  place(element, { lab, answer, reveal }) { // where it was expected, and where it is
    const box = element.appendChild(document.createElement("div"));
    const sketch = mountSketch(box, { net: lab.net, label: words.reconstruct.where });
    const show = () => {
      if (!lab.seen) return;
      const there = lab.seen.mean;
      sketch.show({ yours: answer, there });
      if (answer) reveal(say.truths.two(shown(answer), shown(there), Math.hypot(answer[0] - there[0], answer[1] - there[1])));
    };
    lab.listen(element, (what) => { if (what === "seen") show(); });
    show();
  },

  cloud(element, { lab, answer, reveal }) { // draws from q, one by one
    element.innerHTML = `<div class="box"></div><p class="row"><button type="button" class="primary">${say.sample}</button></p><p class="figures" role="status"></p>`;
    const figure = picture(say.sampledPicture);
    figure.hidden = true;
    element.append(figure);
    const chance = random(7);
    const [box, button, text] = /** @type {HTMLElement[]} */ ([...element.querySelectorAll(".box, button, .figures")]);
    /** @type {Code[]} */ let dots = [];
    let sketch = null, of = null;
    const show = () => {
      const { seen, net } = lab;
      if (!seen?.std || !net) return;
      if (seen !== of) {
        [of, dots] = [seen, []];
        box.replaceChildren();
        const widest = Math.max(...seen.std, ...(answer ?? [0]));
        sketch = mountSketch(box, { net, view: { x: seen.mean[0], y: seen.mean[1], span: 7 * widest }, label: words.reconstruct.closeup });
        if (answer) reveal(say.truths.cloud(answer, seen.std));
      }
      sketch.show({ there: seen.mean, std: seen.std, yourStd: answer, dots });
    };
    button.onclick = () => {
      const { seen, net } = lab;
      if (!seen?.std) return;
      const noise = seen.mean.map(() => chance.normal());
      const z = /** @type {Code} */ (seen.mean.map((m, axis) => m + seen.std[axis] * noise[axis]));
      const pair = (/** @type {number[]} */ values) => `(${values.map((value) => number(value, 2)).join(", ")})`;
      text.textContent = say.sampled(pair(seen.mean), pair(seen.std), pair(noise), pair(z));
      figure.hidden = false;
      figure.show(net.decode(z[0], z[1], seen.label), net.shape);
      dots = [...dots, z];
      show();
    };
    lab.listen(element, (what) => { if (what === "seen") show(); });
    show();
  },

  async holes(element, { lab, answer, reveal }) { // random codes of a plain autoencoder and of a VAE
    const names = coin() ? ["mnist-beta1", "mnist-ae"] : ["mnist-ae", "mnist-beta1"];
    const models = await Promise.all(names.map((name) => loadModel(lab.descriptions[name])));
    const chance = random(11);
    for (const [k, net] of models.entries()) {
      const figure = element.appendChild(document.createElement("figure"));
      const canvas = figure.appendChild(document.createElement("canvas"));
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", say.randomCodes(k));
      const caption = figure.appendChild(document.createElement("figcaption"));
      caption.textContent = say.side(k);
      await decodeTiles(canvas, net, drawCodes(net, null, { source: "prior", n: GRID, seed: 5 }), COLUMNS, null);
      if (answer === null) continue;
      const points = await encodingsOf(net);
      const codes = Array.from({ length: MANY }, () => [chance.normal(), chance.normal()]);
      const lost = codes.filter((z) => nearest(points, z, 1)[0].distance > LOST).length / MANY;
      caption.textContent = say.isModel(k, names[k], lost);
    }
    element.classList.add("pictures", "two");
    const right = names.indexOf("mnist-ae");
    if (answer !== null) reveal(say.truths.which(answer === right, right), answer === right);
  },

  async bill(element, { stop, lab, answer, reveal }) { // rate and distortion of the picture, by three models
    const names = /** @type {{ items: string[] }} */ (stop.ask).items;
    const models = await Promise.all(names.map((name) => loadModel(lab.descriptions[name])));
    await Promise.all(models.map((net) => net.loadEncoder()));
    const show = () => {
      if (!lab.picture) return;
      const found = models.map((net, k) => ({ name: names[k], net, seen: look(net, lab.picture) }));
      if (found.some(({ seen }) => typeof seen === "string")) return;
      const told = found.map(({ name, net, seen }) => {
        const one = /** @type {Seen} */ (seen), { rate, distortion } = measure(net, one);
        const painted = Float32Array.from(net.decode(one.mean[0], one.mean[1], one.label));
        const grey = painted.reduce((sum, p) => sum + p * (1 - p), 0); // of pixels between black and white: the opposite of sharp
        return { name, net, painted, rate, distortion, grey };
      });
      const longest = Math.max(...told.map(({ rate, distortion }) => rate + distortion));
      element.replaceChildren(...told.map(({ name, net, painted, rate, distortion }) => {
        const figure = picture(say.items[name]);
        figure.show(painted, net.shape);
        const bars = document.createElement("div");
        bars.className = "bars";
        bars.innerHTML = [["rate", rate], ["distortion", distortion]].map(([what, nats]) =>
          `<span class="${what}" style="width: ${(100 * Number(nats)) / longest}%"></span><span>${say[/** @type {"rate"} */ (what)]} ${number(Number(nats), 1)} ${say.nats}</span>`).join("");
        figure.append(bars);
        return figure;
      }));
      const order = told.sort((a, b) => a.grey - b.grey).map(({ name }) => name);
      if (answer) reveal(say.truths.order(answer.map(named), order.map(named)), String(answer) === String(order));
    };
    element.classList.add("pictures", "three");
    lab.listen(element, (what) => { if (what === "seen") show(); });
    show();
  },

  bound(element, { stop, lab, answer, reveal }) { // the true posterior, and the two numbers
    mountMap(element.appendChild(document.createElement("div")), { label: words.reconstruct.where, posterior: true });
    const numbers = element.appendChild(document.createElement("p"));
    numbers.className = "figures";
    numbers.textContent = say.working;
    const show = () => {
      const { posterior: found, measured } = lab;
      if (!found || !measured) return;
      numbers.textContent = say.truths.gap(found.logProb, measured.elbo);
      const { right } = /** @type {{ right: number }} */ (stop.ask);
      if (answer !== null) reveal(say.truths.bound(answer === right, found.modes.length), answer === right);
    };
    lab.listen(element, (what) => { if (what === "posterior" || what === "measured") show(); });
    show();
  },

  async blur(element, { stop, lab, answer, reveal }) { // endings of half a digit, and their mean
    const { net } = lab, [, height, width] = net.shape;
    const image = await realImage(lab.model.dataset, stop.real);
    const known = Uint8Array.from({ length: height * width }, (_, i) => Number(i < stop.rows * width));
    const found = await complete(net, image, known, { samples: ENDINGS, seed: 3, asker: "lesson" });
    const figures = found.samples.map((sample, k) => ({ caption: say.ending(k + 1), pixels: sample }));
    figures.unshift({ caption: say.mean, pixels: found.mean });
    if (answer?.length) figures.unshift({ caption: say.mine, pixels: below(image, answer, known, width) });
    element.replaceChildren(...figures.map(({ caption, pixels }) => {
      const figure = picture(caption);
      figure.show(pixels, net.shape);
      return figure;
    }));
    element.classList.add("pictures", "five");
    reveal(say.truths.bits(found.informationBits));
  },

  three: async (element, { lab }) => { await showStrange(element, lab.net); },

  async strange(element, { lab, answer, reveal }) { // log p(x) of three pictures, among those of the test images
    const { net } = lab, logProbs = (await encodingsOf(net)).log_prob;
    const shownOnes = await showStrange(element, net);
    const told = [];
    for (const [k, { name, seen, figure }] of shownOnes.entries()) {
      const { logProb, percentile } = await posterior(net, seen, { logProbs, asker: `lesson ${k}` });
      figure.say(`${named(name)}: ${say.score2(logProb, percentile)}`);
      told.push({ name, logProb });
    }
    const order = told.sort((a, b) => a.logProb - b.logProb).map(({ name }) => name);
    if (answer) reveal(say.truths.order(answer.map(named), order.map(named)), String(answer) === String(order));
  },
};

/** On which side the autoencoder stands, drawn once for each visitor, so that nobody can tell a neighbour. */
function coin() {
  if (!answers().sides) keep("sides", { value: Math.random() < 0.5 });
  return answers().sides.value;
}

const named = (/** @type {string} */ name) => say.items[name];

/** An image whose hidden pixels are what was drawn. */
function below(/** @type {Float32Array} */ image, /** @type {number[][][]} */ strokes, /** @type {Uint8Array} */ known, /** @type {number} */ width) {
  const page = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  drawPage(page.getContext("2d"), strokes);
  const small = Object.assign(document.createElement("canvas"), { width, height: width }).getContext("2d");
  small.imageSmoothingQuality = "high";
  small.drawImage(page, 0, 0, width, width);
  const { data } = small.getImageData(0, 0, width, width);
  return image.map((value, i) => (known[i] ? value : 1 - data[4 * i] / 255));
}

async function showStrange(/** @type {HTMLElement} */ element, /** @type {import("../core/model.js").Model} */ net) {
  await net.loadEncoder();
  const found = await Promise.all(Object.entries(STRANGE).map(async ([name, what]) => ({ name, seen: /** @type {Seen} */ (look(net, await pictureOf(what, net))) })));
  element.classList.add("pictures", "three");
  const figures = found.map(({ name, seen }) => {
    const figure = picture(named(name));
    figure.show(seen.image, net.shape);
    return { name, seen, figure };
  });
  element.replaceChildren(...figures.map(({ figure }) => figure));
  return figures;
}

/** @returns {Promise<Picture>} */
async function pictureOf(/** @type {any} */ { strokes, dataset, label, turned }, net) {
  if (strokes) return { kind: "drawing", pixels: pixelsOf(strokes) };
  const { images } = await realImages(dataset);
  const { image } = images.find((one) => one.label === label);
  return { kind: "prepared", image: turned ? image.slice().reverse() : image, shape: net.shape };
}
