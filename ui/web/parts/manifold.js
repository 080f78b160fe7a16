// The manifold: the plane tiled with what the decoder makes of it, to zoom into. A view is a square of
// shares u in (0, 1)^2, u1 to the right and u2 up; each tile shows the code z at its middle.

import { encodingsOf } from "../core/encodings.js";
import { paint, toImageData } from "../core/model.js";
import { quantile } from "../core/normal.js";
import { SLICE, breathe } from "../core/tiles.js";
import { named, words } from "../words/index.js";
import { mountPoster } from "./manifold-poster.js";
import { placeOn } from "./pointer.js";

const say = words.manifold;
const BASE = 8; // tiles along each side of the whole; each level has twice as many
const SMALLEST = 24; // CSS pixels of a tile; below twice that
const BLOCK = 4; // tiles: a view that moves by less than that asks for the same ones
const KEPT = 6; // layers
const COARSEST = 5; // levels above the view's own, of what is still shown under it
const WHOLE = { x: 0.5, y: 0.5, span: 1 };
const LEAST = 1e-12; // of u in view: about as deep as numbers with 16 digits go
const SHOW_MS = 60; // between two frames while tiles come in
const TAP = 6; // CSS pixels that a click may move
const QUIET_MS = 150; // that the view must rest before it is described

/** @param {HTMLElement} element
 * @param {import("../store.js").Store} lab
 * @param {string} label what it shows, for a screen reader */
export function mountManifold(element, lab, label) {
  element.classList.add("manifold");
  element.dataset.testid = "manifold";
  element.innerHTML = `
    <div class="bar"><p class="where" role="status"></p><span class="zoom" role="group" aria-label="${words.plane.zoom}">
      <button type="button" data-zoom="2" aria-label="${words.plane.zoomIn}">+</button><button type="button" data-zoom="0.5" aria-label="${words.plane.zoomOut}">−</button>
      <button type="button" data-zoom="0">${words.plane.reset}</button></span></div>
    <div class="plane"><canvas class="tiles" role="img"></canvas>
      <canvas class="marks" tabindex="0" role="application" aria-roledescription="${say.sheet}" aria-label="${say.keys(label)}"></canvas>
      <i class="pin" data-testid="sheet-pin" hidden></i><figure class="preview" hidden><canvas></canvas><figcaption></figcaption></figure></div>
    <p class="announce small" aria-live="polite"></p>
    <div class="poster" role="group" aria-label="${say.poster}"></div>`;
  const find = (/** @type {string} */ selector) => /** @type {any} */ (element.querySelector(selector));
  const [plane, sheet, marks, preview, pin] = [".plane", ".tiles", ".marks", ".preview", ".pin"].map(find);
  let view = { ...WHOLE };
  let layers = []; // { level, left, top, columns, rows, canvas, done, order, at }, the one in use last
  let square = null; // of a plain autoencoder's codes: { x, y, span }
  let cursor = null; // u of the tile pointed at

  // --- between shares of probability and codes ----------------------------------------------------------
  const axis = (u, k) => (square ? [square.x, square.y][k] + (u - 0.5) * square.span : quantile(u));
  const toZ = (u) => /** @type {Code} */ (u.map(axis));
  const toU = (z) => z.map((value, k) => { // by halving: both are rising functions
    let [low, high] = [0, 1];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (axis(middle, k) < value) low = middle; else high = middle;
    }
    return low;
  });
  const decoded = (u) => { const z = toZ(u); return lab.decode(z[0], z[1]); };
  const size = () => [plane.clientWidth, plane.clientHeight];
  const fromScreen = (x, y) => /** @type {Code} */ ([view.x + (x / size()[0] - 0.5) * view.span, view.y + (0.5 - y / size()[1]) * view.span]);
  const toScreen = ([u1, u2]) => [((u1 - view.x) / view.span + 0.5) * size()[0], (0.5 - (u2 - view.y) / view.span) * size()[1]];
  const level = () => Math.max(0, Math.floor(Math.log2(size()[0] / (SMALLEST * BASE * view.span))));
  const across = (depth = level()) => BASE * 2 ** depth; // tiles along each side of the whole
  const middleOf = (u) => /** @type {Code} */ (u.map((share) => (Math.floor(share * across()) + 0.5) / across())); // of its tile

  // --- tiles: those in view, coarse ones first, are decoded into layers ------------------------------------
  function extent() { // of the layer that the view needs
    const n = across();
    const [low, high] = [(share) => Math.max(BLOCK * Math.floor(share * n / BLOCK), 0), (share) => Math.min(BLOCK * Math.ceil(share * n / BLOCK), n)];
    const half = view.span / 2;
    const [left, top] = [low(view.x - half), low(1 - view.y - half)];
    return { level: level(), left, top, columns: high(view.x + half) - left, rows: high(1 - view.y + half) - top };
  }

  function layer(wanted) { // the one there is, or a new one that takes over what others have decoded
    const same = (a, b) => ["level", "left", "top", "columns", "rows"].every((key) => a[key] === b[key]);
    const known = layers.find((one) => same(one, wanted));
    if (known) { layers.push(...layers.splice(layers.indexOf(known), 1)); return known; }
    const { left, top, columns, rows } = wanted;
    const [, height, width] = lab.net.shape;
    const canvas = Object.assign(document.createElement("canvas"), { width: columns * width, height: rows * height });
    const pen = canvas.getContext("2d");
    const done = new Uint8Array(columns * rows);
    for (const other of layers.filter((one) => one.level === wanted.level)) {
      pen.drawImage(other.canvas, (other.left - left) * width, (other.top - top) * height);
      other.done.forEach((there, i) => {
        const [column, row] = [other.left - left + i % other.columns, other.top - top + Math.floor(i / other.columns)];
        if (there && column >= 0 && row >= 0 && column < columns && row < rows) done[row * columns + column] = 1;
      });
    }
    const n = across(wanted.level);
    const away = (i) => Math.hypot((left + i % columns + 0.5) / n - view.x, 1 - (top + Math.floor(i / columns) + 0.5) / n - view.y);
    const order = Array.from(done.keys()).filter((i) => !done[i]).map((i) => [away(i), i]).sort(([a], [b]) => a - b);
    layers.push({ ...wanted, canvas, pen, done, order: order.map(([, i]) => i), at: 0 });
    if (layers.length > KEPT) layers.splice(layers.findIndex((one) => one.level), 1); // but the whole, which lies under all
    return layers.at(-1);
  }

  function covers({ level: depth, left, top, columns, rows }) { // all that is in view
    const [n, half] = [across(depth), view.span / 2];
    return left / n <= view.x - half && (left + columns) / n >= view.x + half
      && top / n <= 1 - view.y - half && (top + rows) / n >= 1 - view.y + half;
  }

  let filling = false;
  async function fill() { // until all tiles in view are there
    if (filling) return;
    filling = true;
    delete element.dataset.ready;
    while (lab.net && known() && element.isConnected && size()[0]) {
      const start = performance.now();
      const whole = layer({ level: 0, left: 0, top: 0, columns: BASE, rows: BASE });
      const coarse = whole.at < whole.order.length; // to begin with
      const current = coarse ? whole : layer(extent());
      const [, height, width] = lab.net.shape;
      while (performance.now() - start < SLICE && current.at < current.order.length) {
        const i = current.order[current.at++];
        const [column, row] = [i % current.columns, Math.floor(i / current.columns)];
        const n = across(current.level);
        const z = toZ([(current.left + column + 0.5) / n, 1 - (current.top + row + 0.5) / n]);
        current.pen.putImageData(toImageData(lab.decode(z[0], z[1]), lab.net.shape, current.pen), column * width, row * height);
        current.done[i] = 1;
      }
      drawNow();
      if (!coarse && current.at === current.order.length) break;
      await breathe();
    }
    filling = false;
    draw();
    element.dataset.ready = String(Boolean(lab.net && known() && size()[0]));
  }

  // --- painting ---------------------------------------------------------------------------------------------
  let due = false;
  function draw() {
    if (!due) requestAnimationFrame(() => { due = false; drawTiles(); drawMarks(); });
    due = true;
  }

  let drawn = 0;
  function drawNow() { // while tiles come in: a frame costs as much as ten tiles
    if (performance.now() - drawn > SHOW_MS) draw();
  }

  function begin(canvas) { // CSS pixels from the top left; null on a tab that is not open
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = size().map((length) => Math.round(length * ratio));
    if (!width) return null;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, ...size());
    return pen;
  }

  function drawTiles() {
    const pen = begin(sheet);
    if (!pen) return;
    drawn = performance.now();
    const near = layers.filter((one) => Math.abs(one.level - level()) <= COARSEST);
    const lowest = near.findLastIndex((one) => one.at === one.order.length && covers(one)); // what hides the others
    for (const one of near.slice(Math.max(lowest, 0))) {
      const n = across(one.level);
      const [x, y] = toScreen([one.left / n, 1 - one.top / n]);
      const [width, height] = size().map((length) => length / view.span / n);
      pen.drawImage(one.canvas, x, y, one.columns * width, one.rows * height);
    }
  }

  function drawMarks() {
    const pen = begin(marks);
    if (!pen || !known()) return;
    const halo = (shape) => { // white on black, to be seen on every picture
      for (const [lineWidth, strokeStyle] of [[5, "#000"], [2, "#fff"]]) {
        Object.assign(pen, { lineWidth, strokeStyle });
        pen.beginPath();
        shape();
        pen.stroke();
      }
    };
    if (cursor) {
      const [x, y] = toScreen(cursor);
      const [width, height] = size().map((length) => length / view.span / across());
      halo(() => pen.rect(x - width / 2, y - height / 2, width, height));
    }
    const [x, y] = toScreen(toU(lab.z)), [width, height] = size(); // the current code, as on every map
    pin.hidden = x < 0 || y < 0 || x > width || y > height;
    pin.style.left = `${x}px`;
    pin.style.top = `${y}px`;
  }

  // --- words ------------------------------------------------------------------------------------------------
  const step = () => Math.max(...[0, 1].map((k) => { // from tile to tile, in z
    const u = middleOf([view.x, view.y])[k];
    return Math.abs(axis(Math.min(u + 1 / across(), 1 - 1e-16), k) - axis(u, k));
  }));
  function figures(z) { // with as many digits as tell neighbours apart
    const digits = Math.min(Math.max(1 + Math.ceil(-Math.log10(step())), 2), 15);
    return z.map((value) => value.toFixed(digits).replace("-", "−"));
  }
  const titled = (u, comma = ", ") => words.plane.place(`(${figures(toZ(u)).join(comma)})`, named(lab.label));

  function large(value) {
    const [digits, power] = value.toExponential(1).split("e+");
    if (power < 6) return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 });
    return `${Number(digits)}·10${Array.from(power, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`.replace(/^1·/, "");
  }

  function levels() { // of brightness, by which the corners of the view differ at most
    const corners = [[-1, -1], [1, 1], [-1, 1], [1, -1]].map(([right, up]) =>
      Float64Array.from(decoded(middleOf([view.x + right * 0.499 * view.span, view.y + up * 0.499 * view.span]))));
    const apart = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
    return 255 * Math.max(apart(corners[0], corners[1]), apart(corners[2], corners[3]));
  }

  function describe() {
    const where = find(".where");
    if (!lab.net || !known()) { where.textContent = lab.failed ? "" : say.fetching; return; }
    if (!size()[0]) return;
    const count = Math.round(across() * view.span);
    where.textContent = say.where({
      square: Boolean(square), tiles: large(across() ** 2), zoom: view.span < 1 ? large(1 / view.span) : "", deepest: view.span <= LEAST, same: levels() < 0.5,
    });
    const [low, high] = [-0.5, 0.5].map((side) => figures(toZ(middleOf([view.x + side * 0.999 * view.span, view.y + side * 0.999 * view.span]))));
    sheet.setAttribute("aria-label", say.pictures(label, count, low, high));
  }

  function point(u) {
    if (!lab.net || !known()) return;
    cursor = middleOf(u);
    paint(preview.querySelector("canvas"), decoded(cursor), lab.net.shape);
    preview.querySelector("figcaption").textContent = titled(cursor, view.span < 1e-3 ? ",\n" : ", ");
    preview.hidden = false;
    const [x, y] = toScreen(cursor);
    const away = 16 + size()[0] / view.span / across() / 2;
    const beside = x + away + preview.offsetWidth < size()[0] ? x + away : x - away - preview.offsetWidth;
    preview.style.left = `${Math.max(beside, 0)}px`;
    preview.style.top = `${Math.min(Math.max(y - preview.offsetHeight / 2, 0), size()[1] - preview.offsetHeight)}px`;
    draw();
  }

  function leave() {
    cursor = null;
    preview.hidden = true;
    draw();
  }

  function pick() {
    if (!cursor) return;
    const z = toZ(cursor);
    lab.setZ(z[0], z[1]);
    find(".announce").textContent = say.picked(titled(cursor));
  }

  // --- zoom, pan, point ----------------------------------------------------------------------------------
  let settling = 0;
  function look(change) {
    Object.assign(view, change);
    view.span = Math.min(Math.max(view.span, LEAST), 1);
    for (const k of ["x", "y"]) view[k] = Math.min(Math.max(view[k], view.span / 2), 1 - view.span / 2);
    draw();
    fill();
    clearTimeout(settling);
    settling = window.setTimeout(describe, QUIET_MS);
  }

  function zoom(factor, at = size().map((length) => length / 2)) {
    const before = fromScreen(...at);
    view.span = Math.min(Math.max(view.span / factor, LEAST), 1);
    const after = fromScreen(...at);
    look({ x: view.x + before[0] - after[0], y: view.y + before[1] - after[1] });
  }

  const pan = (dx, dy) => look({ x: view.x - dx / size()[0] * view.span, y: view.y + dy / size()[1] * view.span });
  const reset = () => look({ ...WHOLE });

  const pointers = new Map(); // those pressed: id -> [x, y]
  let moved = 0;
  marks.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    marks.setPointerCapture(event.pointerId);
    moved = pointers.size ? TAP : 0;
    pointers.set(event.pointerId, placeOn(event, marks));
  });
  marks.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    const now = placeOn(event, marks);
    if (!last) { point(fromScreen(...now)); return; }
    pointers.set(event.pointerId, now);
    moved += Math.hypot(now[0] - last[0], now[1] - last[1]);
    if (moved < TAP) return;
    leave();
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) { pan(now[0] - last[0], now[1] - last[1]); return; }
    pan((now[0] - last[0]) / 2, (now[1] - last[1]) / 2);
    const spread = (p) => Math.max(Math.hypot(p[0] - other[0], p[1] - other[1]), 1);
    zoom(spread(now) / spread(last), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
  });
  marks.addEventListener("pointerup", (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size || moved >= TAP) return;
    point(fromScreen(...placeOn(event, marks)));
    pick();
  });
  marks.addEventListener("pointercancel", (event) => { pointers.delete(event.pointerId); });
  marks.addEventListener("pointerleave", () => { if (!pointers.size) leave(); });
  marks.addEventListener("blur", leave);
  marks.addEventListener("dblclick", reset);
  marks.addEventListener("touchstart", (event) => { // one finger scrolls the page until one has zoomed in
    if (event.touches.length > 1 || view.span < 1) event.preventDefault();
  }, { passive: false });
  marks.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), placeOn(event, marks));
    point(fromScreen(...placeOn(event, marks)));
  }, { passive: false });
  marks.addEventListener("keydown", (event) => {
    const [dx, dy] = size().map((length) => length / 8);
    const moves = { ArrowLeft: [dx, 0], ArrowRight: [-dx, 0], ArrowUp: [0, dy], ArrowDown: [0, -dy] };
    if (event.key === "Enter") pick();
    else if (moves[event.key]) pan(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") zoom(2);
    else if (event.key === "-") zoom(0.5);
    else if (event.key === "0") reset();
    else return;
    event.preventDefault();
    if (event.key === "Enter") return;
    point([view.x, view.y]);
    find(".announce").textContent = say.middle(titled(cursor));
  });
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("[data-zoom]"))) {
    button.onclick = () => (Number(button.dataset.zoom) ? zoom(Number(button.dataset.zoom)) : reset());
  }

  const offerPoster = mountPoster(find(".poster"), lab, () => (known() ? { view, toZ } : null), (sentence) => { find(".announce").textContent = sentence; });

  // --- what changes from outside --------------------------------------------------------------------------
  function known() { return lab.model.probabilistic || square !== null; }
  let shown = "";
  async function update() {
    if (!lab.model || lab.model.problem) return;
    const { model, net } = lab;
    const now = JSON.stringify([model.decoder, lab.label, Boolean(net)]);
    if (now !== shown) {
      shown = now;
      layers = [];
      delete element.dataset.ready;
      if (!model.probabilistic || square) { square = null; view = { ...WHOLE }; }
      leave();
    }
    const [, height, width] = model.shape;
    plane.style.setProperty("--ratio", width / height);
    offerPoster();
    if (!model.probabilistic && !square && size()[0]) {
      const { mean } = await encodingsOf(model);
      if (lab.model !== model) return;
      square = squareAround(mean);
    }
    look({});
    describe();
  }
  lab.listen(element, (what) => {
    if (what === "z") draw();
    else if (what === "model") update();
  });
  new ResizeObserver(update).observe(plane); // also when its tab opens
  update();
}

function squareAround(codes) { // (n, 2), one after the other
  const edges = [0, 1].map((k) => {
    const along = codes.filter((_, i) => i % 2 === k);
    return [along.reduce((a, b) => Math.min(a, b)), along.reduce((a, b) => Math.max(a, b))];
  });
  const [x, y] = edges.map(([low, high]) => (low + high) / 2);
  return { x, y, span: Math.max(...edges.map(([low, high]) => high - low)) || 1 };
}
