// A photograph with a frame around the part that the model takes: dragged, pulled by a corner, moved
// by keys. A frame is [left, top, right, bottom] in shares of the photograph.

const STEP = 0.01; // of the photograph, for an arrow key
const LEAST = 0.02; // of the photograph, that a frame is wide and high
const QUIET_MS = 150; // after the last key
const SAME = 0.6; // of what two frames cover together, that they share: then they show the same ink
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function mount({ element, props, trigger, watch }) {
  const find = (selector) => element.querySelector(selector);
  const [root, stage, groups] = [".photo-frame", ".stage", ".groups"].map(find);
  let given = null; // what the server gave last
  let frame = null; // what is on the screen
  let asked; // the crop that was sent last and not answered yet; undefined when there is none
  let candidates = []; // frames of all the ink that the lab found in this photograph
  let drawn = []; // those of them that can be picked
  let drag = null; // { id, part, from: [x, y] of the pointer, frame: at the start }
  let resting = 0; // the timer of the last key

  root.setAttribute("aria-label", `${props.label}: a frame around what the model takes`);

  // --- painting ------------------------------------------------------------------------------------
  function draw() {
    place(stage, frame);
    for (const handle of element.querySelectorAll("[data-part]")) {
      const { part } = handle.dataset;
      const [x, y] = [frame[part.includes("e") && part !== "frame" ? 2 : 0], frame[part.startsWith("s") ? 3 : 1]];
      handle.setAttribute("aria-valuenow", percent(x));
      handle.setAttribute("aria-valuetext", part === "frame" ? inWords(frame)
        : `${percent(x)} % from the left, ${percent(y)} % from the top`);
    }
  }

  function drawGroups() { // that are not in the frame already
    const others = candidates.filter((one) => overlap(one, frame) < SAME);
    if (same(others, drawn)) return; // one of them may have the focus
    drawn = others;
    groups.replaceChildren(...others.map((one, k) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "group" });
      button.setAttribute("aria-label", `Take other ink, ${k + 1} of ${others.length}: ${inWords(one)}`);
      button.onclick = () => {
        find(".frame").focus({ preventScroll: true }); // the button goes
        choose(one);
      };
      place(button, one);
      return button;
    }));
  }

  // Of the frame's width to its height, in shares; null if it may have any.
  const ratio = () => given.ratio && (given.ratio * stage.clientHeight) / stage.clientWidth;

  // --- the pointer ---------------------------------------------------------------------------------
  element.addEventListener("pointerdown", (event) => {
    const { part } = event.target.dataset ?? {};
    if (!part || drag || event.button !== 0) return;
    settle();
    event.target.setPointerCapture(event.pointerId);
    drag = { id: event.pointerId, part, from: [event.clientX, event.clientY], frame };
  });
  element.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drag?.id) return;
    const [dx, dy] = [
      (event.clientX - drag.from[0]) / stage.clientWidth, (event.clientY - drag.from[1]) / stage.clientHeight];
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
    element.addEventListener(name, (event) => { if (event.pointerId === drag?.id) undo(); });
  }

  function undo() { // of a drag
    frame = drag.frame;
    drag = null;
    draw();
  }

  // --- the keys ------------------------------------------------------------------------------------
  element.addEventListener("keydown", (event) => {
    if (!given) return;
    if (event.key === "Escape") {
      event.preventDefault();
      if (drag) undo();
      else automatic();
      return;
    }
    const { part } = event.target.dataset ?? {};
    const arrow = ARROWS[event.key];
    if (!part || !arrow || drag) return;
    event.preventDefault();
    const [dx, dy] = arrow.map((direction) => direction * STEP);
    frame = change(frame, part === "frame" && event.shiftKey ? "se" : part, dx, dy, ratio());
    draw();
    clearTimeout(resting);
    resting = setTimeout(settle, QUIET_MS);
  });

  function settle() { // what the keys did so far
    if (!resting) return;
    clearTimeout(resting);
    resting = 0;
    choose(frame);
  }

  // --- choosing ------------------------------------------------------------------------------------
  function choose(chosen) {
    [asked, frame] = [chosen.map((share) => Number(share.toFixed(4))), chosen];
    draw();
    drawGroups();
    send();
  }

  function automatic() {
    clearTimeout(resting);
    resting = 0;
    if ((asked === undefined ? given.crop : asked) === null) {
      frame = given.frame;
      draw();
      return;
    }
    asked = null;
    send();
  }

  function send() {
    props.value = { ...given, frame, crop: asked };
    trigger("input");
  }

  element.addEventListener("click", ({ target }) => {
    const { tool } = target.dataset ?? {};
    if (tool === "automatic" && given) automatic();
    if (tool === "another") trigger("clear");
  });

  // --- from the server -----------------------------------------------------------------------------
  function take() {
    const value = props.value;
    if (!value?.picture) { // there is no photograph
      clearTimeout(resting);
      [given, drag, resting, asked] = [null, null, 0, undefined];
      return;
    }
    if (value.picture !== given?.picture) {
      clearTimeout(resting);
      [drag, resting, asked, candidates] = [null, 0, undefined, []];
      find("img").src = value.picture;
    } else if (asked !== undefined && !same(value.crop, asked)) return; // it answers an older question
    [given, asked] = [value, undefined];
    if (!value.crop) candidates = [value.frame, ...value.groups];
    if (drag || resting) return; // a person is about to choose another
    frame = value.frame;
    draw();
    drawGroups();
  }

  watch("value", take);
  take();
}

// --- frames ------------------------------------------------------------------------------------------
const clip = (value, low, high) => Math.min(Math.max(value, low), high);
const percent = (share) => Math.round(100 * share);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const inWords = ([left, top, right, bottom]) => `${percent(left)} % from the left, ${percent(top)} % from the top, `
  + `${percent(right - left)} % wide, ${percent(bottom - top)} % high`;
const area = ([left, top, right, bottom]) => Math.max(0, right - left) * Math.max(0, bottom - top);

function place(node, frame) {
  ["left", "top", "right", "bottom"].forEach((side, k) => node.style.setProperty(`--${side}`, frame[k]));
}

// What two frames share, of what they cover together.
export function overlap(a, b) {
  const both = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return both / (area(a) + area(b) - both);
}

// The frame after its part ("frame", or a corner: "nw", "ne", "sw" or "se") was moved. It stays in the
// photograph; with a ratio, of shares, of its width to its height, it keeps its shape.
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
