// The training of a model, replayed: its codes at some 25 moments, and those between by a straight line.

import { Fault } from "../core/fault.js";
import { readTensors } from "../core/safetensors.js";
import { number } from "../numbers.js";
import { why, words as all } from "../words/index.js";

const say = all.plane.replay;
const SECONDS = 15; // from the first moment to the last
const WIDTH = 400, HEIGHT = 110; // of the curve, in its own units
const EDGE = { left: 8, right: 8, top: 22, bottom: 22 };
const TICKS = 5; // epochs written under it
const NEAR = 0.5; // of the codes' variance: when they move less, they stood in order from the start

/** In a section of the map: `show(codes)` puts the points there, `show(null)` back to the trained model's.
 * @param {{ section: HTMLElement, lab: import("../store.js").Store, count: () => number, show: (codes: Float32Array | null) => void }} options
 * @returns {() => void} to be called when another model may have been picked */
export function mountReplay({ section, lab, count, show }) {
  section.innerHTML = `
    <button type="button" class="fetch">${say.fetch}</button>
    <progress max="1" value="0" aria-label="${say.fetching}" hidden></progress>
    <button type="button" class="cancel" hidden>${say.cancel}</button>
    <div class="player" hidden>
      <button type="button" class="play">${say.play}</button>
      <span class="place">${say.epoch} <output></output> <input type="range" aria-label="${say.epoch}" min="0" step="0.25" value="0"></span>
      <button type="button" class="back">${say.back}</button>
      <svg role="img"></svg>
    </div>
    <p role="status"></p>`;
  const find = (selector) => section.querySelector(selector);
  const [fetcher, bar, cancel, words, player, button, scrubber, epochs, svg] =
    [".fetch", "progress", ".cancel", "p", ".player", ".play", "input", "output", "svg"].map(find);
  let fetching = new AbortController(); // of the history
  let history = null; // see read()
  let codes = null; // those shown
  let place = 0; // among the moments: the scrubber's, but finer
  let playing = false;
  let last = 0;
  let of = ""; // the file that this is about

  function close() {
    fetching.abort();
    play(false);
    if (codes) show(null);
    [history, codes] = [null, null];
    const there = Boolean(lab.model.history);
    [fetcher.hidden, bar.hidden, cancel.hidden, player.hidden] = [!there, true, true, true];
    words.textContent = there ? "" : say.none;
  }

  async function start() {
    const { model } = lab;
    fetching = new AbortController();
    const { signal } = fetching;
    [fetcher.hidden, bar.hidden, cancel.hidden] = [true, false, false];
    bar.value = 0;
    cancel.focus();
    words.textContent = say.fetching;
    try {
      const tensors = /** @type {any} */ (await readTensors(model.history, (share) => { bar.value = share; }, signal));
      if (signal.aborted || lab.model !== model) return;
      history = read(tensors);
      if (history.n !== count()) throw new Fault("otherImages");
    } catch (error) {
      if (signal.aborted) return;
      close();
      words.textContent = say.unreadable(why(error));
      return;
    }
    codes = new Float32Array(2 * history.n);
    [bar.hidden, cancel.hidden, player.hidden] = [true, true, false];
    scrubber.max = history.moments - 1;
    place = 0;
    drawCurve();
    showFrame();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) play(true);
    button.focus({ preventScroll: true });
    section.scrollIntoView({ block: "nearest" }); // with the map above it
  }

  function showFrame() {
    scrubber.value = place;
    const before = Math.min(Math.floor(place), history.moments - 2);
    const share = place - before;
    const { mean, epoch } = history;
    const [a, b] = [before * codes.length, (before + 1) * codes.length];
    for (let i = 0; i < codes.length; i++) codes[i] = mean[a + i] + share * (mean[b + i] - mean[a + i]);
    show(codes);
    const now = epoch[before] + share * (epoch[before + 1] - epoch[before]);
    epochs.textContent = say.of(now, epoch.at(-1));
    scrubber.setAttribute("aria-valuetext", `${say.epoch} ${epochs.textContent}`);
    const [from, to] = [history.bound[before], history.bound[before + 1]];
    const value = from + share * (to - from);
    const marker = svg.querySelector("circle");
    marker.setAttribute("cx", history.x(place));
    marker.setAttribute("cy", history.y(value));
    svg.querySelector(".now").textContent = `${history.name} = ${number(value, 1)} nats`;
  }

  function drawCurve() {
    const { bound, epoch, moments } = history;
    const [low, high] = [Math.min(...bound), Math.max(...bound)];
    history.x = (place) => EDGE.left + place / (moments - 1) * (WIDTH - EDGE.left - EDGE.right);
    history.y = (value) => HEIGHT - EDGE.bottom - (value - low) / (high - low || 1) * (HEIGHT - EDGE.top - EDGE.bottom);
    const line = Array.from(bound, (value, k) => `${history.x(k).toFixed(1)},${history.y(value).toFixed(1)}`).join(" ");
    const ticks = Array.from({ length: TICKS }, (_, k) => {
      const moment = Math.round(k / (TICKS - 1) * (moments - 1));
      const anchor = k === 0 ? "start" : k === TICKS - 1 ? "end" : "middle";
      return `<text x="${history.x(moment)}" y="${HEIGHT - 5}" text-anchor="${anchor}">${k ? "" : `${say.epoch} `}${Number(epoch[moment].toFixed(1))}</text>`;
    });
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute("aria-label", say.curve(history.name, bound[0], bound.at(-1)));
    svg.innerHTML = `<text class="now" x="${EDGE.left}" y="13"></text><line x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${HEIGHT - EDGE.bottom + 3}" y2="${HEIGHT - EDGE.bottom + 3}"/>`
      + `<polyline points="${line}"/><circle r="5"/>${ticks.join("")}`;
    words.textContent = say.dots(history.near);
  }

  function play(on) {
    playing = on;
    button.textContent = on ? say.pause : say.play;
    last = performance.now();
    if (on && place >= history.moments - 1) place = 0;
    if (on) requestAnimationFrame(step);
  }

  function step(now) {
    if (!playing) return;
    if (!section.clientWidth) { play(false); return; } // on a tab that is not open
    place += Math.max(now - last, 0) / 1000 / SECONDS * (history.moments - 1);
    place = Math.min(place, history.moments - 1);
    last = now;
    showFrame();
    if (place < history.moments - 1) requestAnimationFrame(step);
    else play(false);
  }

  fetcher.onclick = start;
  cancel.onclick = () => {
    close();
    words.textContent = say.cancelled;
    fetcher.focus();
  };
  button.onclick = () => play(!playing);
  scrubber.oninput = () => { play(false); place = Number(scrubber.value); showFrame(); };
  find(".back").onclick = () => { close(); fetcher.focus(); };
  section.hidden = false;
  return function update() { // another model may have been picked
    if (lab.model.decoder === of) return;
    of = lab.model.decoder;
    close();
  };
}

function read({ epoch, mean, rate, distortion }) {
  const [moments, n] = [epoch.length, mean.length / 2 / epoch.length];
  const probabilistic = rate.every(Number.isFinite); // a plain autoencoder's is infinite
  const bound = distortion.map((value, k) => -(value + (probabilistic ? rate[k] : 0)));
  const [first, end] = [mean.subarray(0, 2 * n), mean.subarray(-2 * n)];
  const square = (values) => values.reduce((sum, value) => sum + value ** 2, 0);
  const centre = [0, 1].map((k) => end.reduce((sum, value, i) => sum + (i % 2 === k ? value / n : 0), 0));
  const near = square(first.map((value, i) => value - end[i])) < NEAR * square(end.map((value, i) => value - centre[i % 2]));
  return { epoch, mean, moments, n, bound, near, name: probabilistic ? "ELBO" : "−distortion" };
}
