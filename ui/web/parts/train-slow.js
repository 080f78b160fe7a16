// One step in slow motion: a picture on its way through the model, and what comes back.

import { shown } from "../numbers.js";
import { words } from "../words/index.js";
import { Sheet } from "./latent-map-paint.js";
import { describe, picture } from "./pictures.js";

const say = words.train;
const BEAT = 1500; // milliseconds a stage
const ARROW = 0.6; // units of the plane, as long as the arrow is drawn
const SPAN = 5;

/** @param {HTMLElement} element
 * @param {(index: number) => Promise<any>} ask what a step does with that picture: `Training.slow`
 * @param {() => { shape: [number, number, number], beta: number }} model */
export function mountSlow(element, ask, model) {
  element.classList.add("train-slow");
  element.innerHTML = `<p class="small">${say.slowLead}</p>
    <div class="stages"><div class="pictures two"></div><div class="place"><canvas></canvas></div><ol class="told"></ol></div>
    <p class="row"><button type="button" class="again">${say.slowAgain}</button><button type="button" class="other">${say.slowOther}</button></p>`;
  const find = (/** @type {string} */ selector) => /** @type {any} */ (element.querySelector(selector));
  const [before, after] = [picture("x"), picture("x̂")];
  find(".pictures").append(before, after);
  const sheet = new Sheet(find(".place canvas"));
  describe(sheet.canvas, say.slowMap);
  let index = 0, turn = 0, found = null, stage = 0;

  function draw() {
    if (!found) return;
    const { shape } = model();
    before.show(stage >= 1 ? found.image : null, shape);
    after.show(stage >= 5 ? found.decoded : null, shape);
    if (!sheet.start({ x: found.mean[0], y: found.mean[1], span: SPAN })) return;
    const { mean, std, z, towards } = found;
    sheet.axes(true);
    if (stage >= 2) {
      if (std) sheet.posterior(mean, std);
      else sheet.cross(mean, 0, 8);
    }
    if (stage >= 4) sheet.dot(z, 5);
    if (stage < 7) return;
    const length = Math.hypot(...towards) || 1, end = mean.map((/** @type {number} */ at, /** @type {number} */ k) => at + (ARROW * towards[k]) / length);
    sheet.halo(3, () => sheet.line([mean, end]));
    const angle = Math.atan2(end[1] - mean[1], end[0] - mean[0]);
    for (const turned of [2.6, -2.6]) sheet.halo(3, () => sheet.line([end, [end[0] + 0.16 * Math.cos(angle + turned), end[1] + 0.16 * Math.sin(angle + turned)]]));
  }

  function sentences() {
    const { mean, std, noise, z, distortion, rate } = found;
    return [say.stages.picture, say.stages.posterior(shown(mean), std && shown(std)), ...(std ? [say.stages.noise(shown(noise)), say.stages.code(shown(z))] : ["", ""]),
      say.stages.decoded, say.stages.cost(distortion, std ? rate : null, model().beta), say.stages.gradient];
  }

  async function play() {
    const now = ++turn;
    found = await ask(index).catch(() => null);
    if (!found || now !== turn) return;
    const told = sentences(), list = find(".told"), calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    list.replaceChildren();
    for (stage = 1; stage <= told.length; stage++) {
      if (!told[stage - 1]) continue;
      list.append(Object.assign(document.createElement("li"), { textContent: told[stage - 1] }));
      draw();
      if (!calm && stage < told.length) await new Promise((done) => { setTimeout(done, BEAT); });
      if (now !== turn) return;
    }
    stage = told.length;
    draw();
  }

  find(".again").onclick = play;
  find(".other").onclick = () => { index++; play(); };
  new ResizeObserver(draw).observe(element);
  return { play };
}
