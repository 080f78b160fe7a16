// One picture after the other along a path, as an animation.

import { paint } from "../core/model.js";
import { shown } from "../numbers.js";
import { words } from "../words/index.js";

const say = words.player;
const SECONDS = 3; // from A to B

/** @param {HTMLElement} element
 * @param {import("../store.js").Store} lab whose paths it runs along
 * @returns {{ show: () => void }} to be called when the path has changed */
export function mountPlayer(element, lab) {
  element.classList.add("player");
  element.innerHTML = `<canvas role="img" data-testid="player"></canvas><div class="controls">
    <button type="button">${say.play}</button>
    <label>${say.along} <select class="along"><option value="straight">${words.plane.straight}</option><option value="second"></option></select></label>
    <label>${say.place} <input type="range" min="0" max="1" step="0.001" value="0"></label>
    <label>${say.speed} <select class="speed"><option value="0.5">½×</option><option value="1" selected>1×</option><option value="2">2×</option></select></label>
    <label><input type="checkbox" checked> ${say.endless}</label></div>`;
  const find = (/** @type {string} */ selector) => /** @type {any} */ (element.querySelector(selector));
  const [canvas, button, along, scrubber, speed, endless] = ["canvas", "button", ".along", "[type=range]", ".speed", "[type=checkbox]"].map(find);
  let direction = 1;
  let playing = false;
  let last = 0;

  function show() {
    if (!lab.ends) return;
    along.options[1].text = lab.second === "none" ? "" : words.plane.seconds[lab.second];
    along.parentElement.hidden = lab.second === "none";
    const curve = along.value === "second" ? lab.geodesic : null;
    const z = lab.along(Number(scrubber.value), curve ?? lab.ends);
    lab.set("walker", z);
    if (!lab.net) return;
    canvas.setAttribute("aria-label", say.picture(shown(z)));
    paint(canvas, lab.decode(z[0], z[1]), lab.net.shape);
  }

  function play(/** @type {boolean} */ on) {
    playing = on;
    last = performance.now();
    if (on && Number(scrubber.value) === 1) scrubber.value = 0;
    button.textContent = on ? say.pause : say.play;
    if (on) requestAnimationFrame(step);
  }

  function step(/** @type {number} */ now) {
    if (!playing) return;
    if (!element.clientWidth) { play(false); return; } // on a tab that is not open
    const place = Number(scrubber.value) + ((direction * Math.max(now - last, 0)) / 1000 / SECONDS) * Number(speed.value);
    last = now;
    scrubber.value = Math.min(Math.max(place, 0), 1);
    show();
    if (place >= 1 || place <= 0) {
      direction = place >= 1 && endless.checked ? -1 : 1;
      if (place >= 1 && direction === 1) { play(false); return; }
    }
    requestAnimationFrame(step);
  }

  button.onclick = () => { direction = 1; play(!playing); };
  scrubber.oninput = () => { play(false); show(); };
  along.onchange = show;
  return { show };
}
