// The class wall, where the server was started with --class: students send the code of a drawing, and the teacher's map shows it as a pin.

import { encodingsOf } from "../core/encodings.js";
import { request } from "../core/fault.js";
import { shown } from "../numbers.js";
import { LIMIT } from "../store.js";
import { named, why, words } from "../words/index.js";
import { HOME, Sheet, colouring, onLook, palette } from "./latent-map-paint.js";
import { pressTwice } from "./press-twice.js";

const say = words.wall;
const TRIES = 8; // of sending a code, over about half a minute
const FIRST_PAUSE = 500, LONGEST_PAUSE = 8000; // ms between them
const POLL = 1000; // ms
const MOST = 10_000; // pins, as ui/wall.py has it
const RADIUS = 5; // of a pin

/** @typedef {[number, number, string | null]} Pin z1, z2 and the class that was meant */

/** Where the wall answers; null where there is none.
 * @returns {string | null} */
export function wallAddress() {
  const told = document.getElementById("wall")?.textContent;
  const root = /** @type {any} */ (window).gradio_config?.root ?? new URL(".", document.baseURI).href.slice(0, -1);
  return told ? new URL(JSON.parse(told).address, `${root}/`).href : null;
}

const pause = (/** @type {number} */ ms) => new Promise((done) => { setTimeout(done, ms); });

async function ask(/** @type {string} */ what, /** @type {RequestInit} */ options) {
  return (await request(new URL(what, wallAddress()), options)).json();
}

const isRefused = (/** @type {any} */ error) => error.details?.[0] === 403;

// Again where too many send at once, or the network fails: each after a pause of its own, so that they do not come together again.
async function send(/** @type {object} */ pin, /** @type {() => void} */ waiting) {
  for (let left = TRIES - 1, ms = FIRST_PAUSE; ; left--, ms = Math.min(2 * ms, LONGEST_PAUSE)) {
    try {
      return await ask("send", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(pin) });
    } catch (error) {
      const [status] = error.details ?? []; // none where the network failed
      const passes = !status || status === 429 || status >= 500;
      if (!passes || !left) throw error;
    }
    waiting();
    await pause(ms * (0.5 + Math.random()));
  }
}

/** What a student has of it: the class that was meant, and a button. Hidden where there is no wall.
 * @param {HTMLElement} element
 * @param {import("../store.js").Store} lab whose picture's code is sent */
export function mountSend(element, lab) {
  element.hidden = !wallAddress();
  if (element.hidden) return;
  element.classList.add("wall-send");
  element.dataset.testid = "wall-send";
  element.innerHTML = `<div class="row"><label>${say.meant} <select></select></label><button type="button">${say.send}</button></div>
    <p class="small" role="status"></p>`;
  const [select, button, status] = /** @type {[HTMLSelectElement, HTMLButtonElement, HTMLElement]} */ (
    ["select", "button", "[role=status]"].map((selector) => element.querySelector(selector)));

  function offer() { // the classes of another model
    const classes = lab.model?.classes ?? [];
    select.replaceChildren(new Option(say.unsaid, ""), ...classes.map((name, k) => new Option(named(name), String(k))));
    select.parentElement.hidden = !classes.length;
  }

  button.onclick = async () => {
    if (!lab.seen) { status.textContent = say.noPicture; return; }
    const z = lab.seen.mean.map((value) => Number(Math.min(Math.max(value, -LIMIT), LIMIT).toFixed(4)));
    const label = select.value ? lab.model.classes[Number(select.value)] : null;
    button.disabled = true;
    status.textContent = say.sending;
    status.textContent = await send({ z, label }, () => { status.textContent = say.waiting; })
      .then(() => say.sent(shown(z), named(label)), (error) => say.failed(why(error)));
    button.disabled = false;
  };
  lab.listen(element, (what) => {
    if (what === "model") offer();
    if (what === "picture" && !button.disabled) status.textContent = "";
  });
  offer();
}

/** What the teacher has of it: a map with the pins. Hidden where the address does not end in ?wall=KEY.
 * @param {HTMLElement} element
 * @param {import("../store.js").Store} lab whose model's test codes are faint behind the pins */
export function mountWall(element, lab) {
  const key = new URL(location.href).searchParams.get("wall");
  element.hidden = !key || !wallAddress();
  if (element.hidden) return;
  element.classList.add("wall");
  element.dataset.testid = "wall";
  element.innerHTML = `<p class="note"></p>
    <div class="row"><strong class="count"></strong><button type="button">${say.clear}</button><span class="small" role="status"></span></div>
    <div class="plane"><canvas class="back"></canvas><canvas class="pins" role="img"></canvas></div>
    <div class="legend"></div>`;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (element.querySelector(selector));
  const [back, front] = [".back", ".pins"].map((name) => new Sheet(/** @type {HTMLCanvasElement} */ (find(name))));
  const [clear, status] = [find("button"), find("[role=status]")];
  const headers = { "x-wall-key": key };
  /** @type {Pin[]} */ let pins = [];
  let next = 0, cleared = 0; // what the server said last
  let drawn = 0; // pins
  let stale = true; // whether what is drawn has another size, model or look
  let due = false; // whether a frame was asked for
  /** @type {import("../core/encodings.js").Encodings} */ let points = null;
  let known = null; // the model that they are of
  let span = HOME.span; // of the plane that is shown: all pins are

  function draw(anew = false) {
    stale ||= anew;
    if (!due) requestAnimationFrame(paint);
    due = true;
  }

  function paint() {
    due = false;
    if (stale) {
      const view = { ...HOME, span };
      if (!back.start(view) || !front.start(view)) return; // its tab is not open
      if (points) back.points(points.mean, points.label, colouring(points.label, lab.model.classes.length).colours, new Set());
      back.axes(lab.model?.probabilistic);
      [stale, drawn] = [false, 0];
    }
    const shades = palette();
    for (; drawn < pins.length; drawn++) { // on top of those that are there
      const [z1, z2, label] = pins[drawn], k = lab.model?.classes.indexOf(label) ?? -1;
      front.dot([z1, z2], RADIUS + 1.5, front.paper);
      front.dot([z1, z2], RADIUS, k < 0 ? front.ink : shades[k % shades.length]);
    }
  }

  function tell() {
    find(".count").textContent = say.count(pins.length);
    find(".pins").setAttribute("aria-label", say.map(pins.length));
  }

  /** @param {{ pins: Pin[], next: number, cleared: number }} answer */
  function take(answer) {
    let anew = answer.cleared > cleared;
    if (anew) [pins, span] = [[], HOME.span];
    pins.push(...answer.pins);
    if (pins.length > MOST) [pins, anew] = [pins.slice(-MOST), true];
    const reach = answer.pins.reduce((most, [z1, z2]) => Math.max(most, Math.abs(z1), Math.abs(z2)), 0);
    const wide = Math.max(span, 2.1 * reach);
    if (anew || wide > span || answer.pins.length) draw(anew || wide > span);
    if (answer.pins.length || status.textContent === say.lost) status.textContent = "";
    [span, next, cleared] = [wide, answer.next, answer.cleared];
    tell();
  }

  async function poll() {
    do {
      try {
        take(await ask(`since?number=${next}`, { headers }));
      } catch (error) {
        status.textContent = isRefused(error) ? say.refused : say.lost;
        if (isRefused(error)) return;
      }
      await pause(POLL);
    } while (element.isConnected);
  }

  pressTwice(clear, say.sure, async () => {
    status.textContent = await ask("clear", { method: "POST", headers }).then(() => say.cleared, (error) => (isRefused(error) ? say.refused : say.lost));
  });

  async function update() { // of another model
    const { model } = lab;
    if (!model || model === known) return;
    [known, points] = [model, null];
    find(".note").textContent = say.help(model.name);
    legend();
    draw(true);
    const found = model.problem ? null : await encodingsOf(model).catch(() => null); // pins need none
    if (lab.model !== model) return;
    points = found;
    draw(true);
  }

  function legend() {
    const shades = palette();
    find(".legend").replaceChildren(...(known?.classes ?? []).flatMap((name, k) => {
      const dot = document.createElement("i");
      dot.style.background = shades[k % shades.length];
      return [dot, named(name)];
    }));
  }

  lab.listen(element, (what) => { if (what === "model") update(); });
  new ResizeObserver(() => draw(true)).observe(find(".pins"));
  onLook(() => { legend(); draw(true); });
  tell();
  update();
  poll();
}
