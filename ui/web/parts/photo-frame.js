// A photograph with a frame around the part that the model takes: dragged, pulled by a corner, moved
// by keys. A frame is [left, top, right, bottom] in shares of the photograph.

import { words } from "../words/index.js";

/** @typedef {import("../store.js").Store} Store */

const say = words.photoFrame;
const WHOLE = /** @type {Frame} */ ([0, 0, 1, 1]);
const MARGIN = 0.12; // of paper around the ink in a frame, of the ink's longer side: so one sees the ink, and the lab the paper
const STEP = 0.01; // of the photograph, for an arrow key
const LEAST = 0.02; // of the photograph, that a frame is wide and high
const QUIET_MS = 150; // after the last key
const SAME = 0.6; // of what two frames cover together, that they share: then they show the same ink
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {HTMLElement} element
 * @param {Store} lab whose picture it is
 * @param {() => void} another to be called when somebody wants another picture */
export function mountPhotoFrame(element, lab, another) {
  element.innerHTML = `
    <div class="photo-frame" data-testid="photo-frame" role="group" aria-label="${say.label}">
      <div class="room"><div class="stage">
        <div class="view"><canvas class="photo" role="img" aria-label="${say.photograph}"></canvas><div class="light"></div></div>
        <div class="frame" data-part="frame" role="slider" tabindex="0" aria-label="${say.frame}" aria-description="${say.keys}"></div>
        <div class="groups"></div>
        ${["nw", "ne", "sw", "se"].map((part) => `<div class="corner ${part}" data-part="${part}" role="slider" tabindex="0" aria-label="${say.corners[part]}"></div>`).join("")}
      </div></div>
      <p class="hand small">${say.hand}</p><p class="keys small">${say.keys}</p>
      <div class="row"><button type="button" data-tool="automatic">${say.automatic}</button><button type="button" data-tool="another">${say.another}</button></div>
    </div>`;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (element.querySelector(selector));
  const [stage, groups, photo] = [find(".stage"), find(".groups"), /** @type {HTMLCanvasElement} */ (find(".photo"))];
  /** @type {Frame} */ let frame = WHOLE; // what is on the screen
  /** @type {ImageData | object} */ let of = null; // the pixels that this is about
  /** @type {Frame[]} */ let candidates = []; // frames of all the ink that the lab found in this photograph
  let drawn = []; // those of them that can be picked
  let drag = null; // { id, part, from: [x, y] of the pointer, frame: at the start }
  let resting = 0; // the timer of the last key

  // --- painting ------------------------------------------------------------------------------------
  function draw() {
    place(stage, frame);
    for (const handle of element.querySelectorAll("[data-part]")) {
      const { part } = /** @type {HTMLElement} */ (handle).dataset;
      const [x, y] = [frame[part.includes("e") && part !== "frame" ? 2 : 0], frame[part.startsWith("s") ? 3 : 1]];
      handle.setAttribute("aria-valuenow", String(percent(x)));
      handle.setAttribute("aria-valuetext", part === "frame" ? inWords(frame) : say.corner(percent(x), percent(y)));
    }
  }

  function drawGroups() { // that are not in the frame already
    const others = candidates.filter((one) => overlap(one, frame) < SAME);
    if (same(others, drawn)) return; // one of them may have the focus
    drawn = others;
    groups.replaceChildren(...others.map((one, k) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "group" });
      button.setAttribute("aria-label", say.group(k + 1, others.length, inWords(one)));
      button.onclick = () => {
        find(".frame").focus({ preventScroll: true }); // the button goes
        choose(one);
      };
      place(button, one);
      return button;
    }));
  }

  // Of the frame's width to its height, in shares; null if it may have any.
  const ratio = () => {
    if (lab.model.preparation !== "photo") return null;
    const [, height, width] = lab.model.shape;
    return ((width / height) * stage.clientHeight) / stage.clientWidth;
  };

  // --- the pointer ---------------------------------------------------------------------------------
  element.addEventListener("pointerdown", (event) => {
    const { part } = /** @type {HTMLElement} */ (event.target).dataset;
    if (!part || drag || event.button !== 0) return;
    settle();
    /** @type {HTMLElement} */ (event.target).setPointerCapture(event.pointerId);
    drag = { id: event.pointerId, part, from: [event.clientX, event.clientY], frame };
  });
  element.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drag?.id) return;
    const [dx, dy] = [
      (event.clientX - drag.from[0]) / stage.getBoundingClientRect().width, (event.clientY - drag.from[1]) / stage.getBoundingClientRect().height];
    frame = change(drag.frame, drag.part, dx, dy, ratio());
    draw();
  });
  element.addEventListener("pointerup", (event) => {
    if (event.pointerId !== drag?.id) return;
    const before = drag.frame;
    drag = null;
    if (!same(frame, before)) choose(frame);
  });
  for (const name of ["pointercancel", "lostpointercapture"]) {
    element.addEventListener(name, (/** @type {PointerEvent} */ event) => { if (event.pointerId === drag?.id) undo(); });
  }

  function undo() { // of a drag
    frame = drag.frame;
    drag = null;
    draw();
  }

  // --- the keys ------------------------------------------------------------------------------------
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      if (drag) undo();
      else automatic();
      return;
    }
    const { part } = /** @type {HTMLElement} */ (event.target).dataset;
    const arrow = ARROWS[event.key];
    if (!part || !arrow || drag) return;
    event.preventDefault();
    const [dx, dy] = arrow.map((direction) => direction * STEP);
    frame = change(frame, part === "frame" && event.shiftKey ? "se" : part, dx, dy, ratio());
    draw();
    clearTimeout(resting);
    resting = window.setTimeout(settle, QUIET_MS);
  });

  function settle() { // what the keys did so far
    if (!resting) return;
    clearTimeout(resting);
    resting = 0;
    choose(frame);
  }

  // --- choosing ------------------------------------------------------------------------------------
  function choose(chosen) {
    frame = chosen;
    draw();
    drawGroups();
    lab.take({ ...lab.picture, crop: chosen.map((share) => Number(share.toFixed(4))) });
  }

  function automatic() {
    clearTimeout(resting);
    resting = 0;
    lab.take({ ...lab.picture, crop: null });
  }

  find("[data-tool=automatic]").onclick = automatic;
  find("[data-tool=another]").onclick = another;

  function show() {
    const { picture, seen } = lab;
    if (!picture?.photograph) { of = null; return; }
    if (picture.pixels !== of) { // another one
      clearTimeout(resting);
      [of, drag, resting, candidates, frame] = [picture.pixels, null, 0, [], WHOLE];
      const { width, height } = picture.photograph;
      Object.assign(photo, { width, height });
      photo.getContext("2d").drawImage(picture.photograph, 0, 0);
    }
    const taken = lab.model.preparation === "photo" ? (one) => one : withMargin;
    if (!picture.crop) candidates = seen ? [seen.frame, ...seen.groups].map(taken) : [];
    if (drag || resting) return; // a person is about to choose another
    frame = picture.crop ?? (seen ? taken(seen.frame) : WHOLE);
    draw();
    drawGroups();
  }

  lab.listen(element, (what) => { if (what === "seen" || what === "picture") show(); });
  show();
}

/** @returns {Frame} */
function withMargin([left, top, right, bottom]) {
  const margin = MARGIN * Math.max(right - left, bottom - top);
  return [Math.max(0, left - margin), Math.max(0, top - margin), Math.min(1, right + margin), Math.min(1, bottom + margin)];
}

// --- frames ------------------------------------------------------------------------------------------
const clip = (value, low, high) => Math.min(Math.max(value, low), high);
const percent = (share) => Math.round(100 * share);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const inWords = ([left, top, right, bottom]) => say.place(percent(left), percent(top), percent(right - left), percent(bottom - top));
const area = ([left, top, right, bottom]) => Math.max(0, right - left) * Math.max(0, bottom - top);

function place(node, frame) {
  ["left", "top", "right", "bottom"].forEach((side, k) => node.style.setProperty(`--${side}`, String(frame[k])));
}

// What two frames share, of what they cover together.
export function overlap(a, b) {
  const both = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return both / (area(a) + area(b) - both);
}

// The frame after its part ("frame", or a corner: "nw", "ne", "sw" or "se") was moved. It stays in the
// photograph; with a ratio, of shares, of its width to its height, it keeps its shape.
/** @returns {Frame} */
export function change(frame, part, dx, dy, ratio = null) {
  if (part === "frame") {
    const [x, y] = [clip(dx, -frame[0], 1 - frame[2]), clip(dy, -frame[1], 1 - frame[3])];
    return [frame[0] + x, frame[1] + y, frame[2] + x, frame[3] + y];
  }
  const [east, south] = [part[1] === "e", part[0] === "s"];
  const [x, y] = [east ? frame[0] : frame[2], south ? frame[1] : frame[3]]; // the opposite corner stays
  const room = [east ? 1 - x : x, south ? 1 - y : y];
  let width = clip(frame[2] - frame[0] + (east ? dx : -dx), LEAST, room[0]);
  let height = clip(frame[3] - frame[1] + (south ? dy : -dy), LEAST, room[1]);
  if (ratio) {
    // The axis that was moved farther leads.
    width = Math.abs(dx) >= Math.abs(dy * ratio) ? width : height * ratio;
    width = Math.min(width, room[0], room[1] * ratio);
    height = width / ratio;
  }
  const [left, top] = [east ? x : x - width, south ? y : y - height];
  return [left, top, left + width, top + height];
}
