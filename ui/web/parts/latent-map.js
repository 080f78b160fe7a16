// The latent map: the plane of codes, to look at, to point at, to hold and to select from.

import { encodingsOf } from "../core/encodings.js";
import { decodeTiles, tileCodes } from "../core/tiles.js";
import { lab as page } from "../store.js";
import { named, why, words } from "../words/index.js";
import { fieldKey, mountColours } from "./latent-map-colours.js";
import { listenToHands } from "./latent-map-gestures.js";
import { HOME, Sheet, fieldPicture, medians, onLook } from "./latent-map-paint.js";
import { mountPreview } from "./latent-map-preview.js";
import { MOST_PICTURES, mountSelection } from "./latent-map-selection.js";
import { mountReplay } from "./replay.js";

const say = words.plane;
const TILES = 20; // of the decoded plane, along each side
const LEAST = 0.05; // of the plane that is shown
const WIDEST = 18;
const NEARBY = -5; // nats below the highest cell: what a close-up takes in
const REST_MS = 150; // without a change of the view, before the plane is decoded anew
const MARGIN = 1.6; // of a path: how much wider than it the view is
const LEAST_OF_PATH = 3; // of the plane around a path, so that one sees where it is
const TRAVEL_MS = 200; // from one view to another

/** A layer of colour: `values` row by row from the top, over `span` of the plane around 0; of numbers (in `unit`), or with `classes` of
 * their indices.
 * @typedef {{ name: string, values: ArrayLike<number>, side: number, span: number, unit?: string, classes?: string[] }} Field */

/** @typedef {{ path?: Code[], field?: Field | null, density?: { cells: ExactPosterior["cells"], modes: ExactPosterior["modes"] } | null, samples?: Code[] }} Shown */

/** What a map can do.
 * @typedef {object} Options
 * @property {string} label what it shows, for a screen reader
 * @property {import("../store.js").Store} [store] whose codes and model; the page's own by default
 * @property {boolean} [colourBy] offer colouring by class, distortion, rate, log p(x) and k-means
 * @property {boolean} [tools] offer selecting and the decoded plane as a backdrop
 * @property {boolean} [replay] offer to replay the training, if the model has a history
 * @property {boolean} [ends] hold both ends of a path instead of the current code, and show the paths between them
 * @property {boolean} [line] show the straight line between those ends
 * @property {boolean} [posterior] mark q(z|x) and p(z|x) of the picture
 * @property {boolean} [closeup] with `posterior`, show only the part of the plane where that picture's code may be
 * @property {boolean} [samples] mark codes that were drawn, instead of the current one */

/** @param {HTMLElement} element
 * @param {Options} options
 * @returns {{ show: (shown: Shown) => void, reset: () => void }} */
export function mountMap(element, options) {
  element.classList.add("latent-map");
  element.dataset.testid = options.closeup ? "close-up" : "latent-map";
  element.innerHTML = `
    <div class="bar">
      <label class="colour-by" hidden>${say.colourBy} <select></select></label>
      <label class="groups" hidden>${say.groups} <output></output> <input type="range" aria-label="${say.groups}" min="2" max="10" value="10"></label>
      <span class="lines" hidden><i></i> ${say.straight} <i class="dashed"></i> <span></span></span>
      <label class="backdrop" hidden><input type="checkbox"> ${say.backdrop}</label>
      <span class="tools" role="group" aria-label="${say.dragging}" hidden>
        <button type="button" data-tool="move" aria-pressed="true">${say.move}</button>
        <button type="button" data-tool="box" aria-pressed="false">${say.box}</button>
        <button type="button" data-tool="lasso" aria-pressed="false">${say.lasso}</button>
      </span>
      <span class="zoom" role="group" aria-label="${say.zoom}">
        <button type="button" data-zoom="1.5" aria-label="${say.zoomIn}">+</button>
        <button type="button" data-zoom="0.667" aria-label="${say.zoomOut}">−</button>
        <button type="button" data-zoom="0">${say.reset}</button>
      </span>
    </div>
    <div class="plane">
      <canvas class="back"></canvas><canvas class="points"></canvas>
      <canvas class="marks" tabindex="0" role="application" aria-roledescription="${say.map}"></canvas>
      <i class="pin" data-testid="pin" hidden></i><figure class="preview" hidden></figure>
    </div>
    <div class="legend field"></div>
    <div class="legend classes" role="group" aria-label="${say.classesShown}"></div>
    <p class="agreement small" role="status"></p>
    <section class="replay" aria-label="${say.replay.name}" hidden></section>
    <p class="announce small" aria-live="polite"></p>
    <section class="selection" aria-label="${say.selected}" hidden></section>`;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (element.querySelector(selector));
  const canvas = (/** @type {string} */ name) => /** @type {HTMLCanvasElement} */ (find(name));
  const backdropShown = /** @type {HTMLInputElement} */ (find(".backdrop input"));
  const { closeup, ends } = options;
  const lab = options.store ?? page;
  const marks = canvas(".marks");
  const sheets = { back: new Sheet(canvas(".back")), points: new Sheet(canvas(".points")), marks: new Sheet(marks) };
  const due = new Set();
  /** @type {Shown} */ let shown = {};
  let backdrop = null; // the decoded plane: { canvas, view }
  let field = null; // shown.field as a picture
  let read = null; // the model that the points are of
  let settling = 0;
  let travelling = 0; // the next frame of a view that is on its way
  let own = false; // whether a hand chose the view

  // What the map's other files share.
  const map = {
    element, options, lab, marks, sheets, find,
    view: { ...HOME },
    /** @type {import("../core/encodings.js").Encodings} */ points: null,
    /** @type {Uint32Array} */ colours: null,
    /** @type {ArrayLike<number>} */ groups: null, // of k-means, while they are the colours
    hidden: new Set(), // classes, or groups
    /** @type {{ z: Code, index: number }} */ cursor: null, // what the pointer is at
    /** @type {Code[]} */ outline: null, // of the selection being made
    /** @type {number[]} */ selection: [],
    /** @type {{ name: string, z: Code | null }[]} */ middles: [], // of the classes
    /** Anew at the next frame; all sheets if none is named. */
    draw(/** @type {string[]} */ ...names) {
      if (!due.size) requestAnimationFrame(() => { const now = [...due]; due.clear(); now.forEach((name) => painters[name]()); });
      for (const name of names.length ? names : Object.keys(painters)) due.add(name);
    },
    parts: () => map.groups ?? map.points.label, // which the legend's buttons hide
    at: (/** @type {number} */ i) => /** @type {Code} */ ([map.points.mean[2 * i], map.points.mean[2 * i + 1]]),
    size: () => marks.clientWidth,
    toZ: (x, y) => /** @type {Code} */ (
      [(x / map.size() - 0.5) * map.view.span + map.view.x, (0.5 - y / map.size()) * map.view.span + map.view.y]),
    handles: () => (ends ? lab.ends ?? [] : [lab.z]),
    handsOff: Boolean(options.posterior || options.samples), // there the ring of the code would hide the posterior
    move(which, z) {
      if (!ends) { lab.setZ(z[0], z[1]); return; }
      lab.held = which;
      lab.setPath(lab.ends.map((end, k) => (k === which ? z : end)));
    },
    /** As a hand wants it. */
    look(change) {
      own = true;
      cancelAnimationFrame(travelling);
      see(change);
    },
    zoom(factor, x = map.size() / 2, y = map.size() / 2) {
      const before = map.toZ(x, y);
      map.view.span = Math.min(Math.max(map.view.span / factor, LEAST), WIDEST);
      const after = map.toZ(x, y);
      map.look({ x: map.view.x + before[0] - after[0], y: map.view.y + before[1] - after[1] });
    },
    reset() {
      own = false;
      cancelAnimationFrame(travelling);
      if (ends) map.fit();
      else see(closeup ? around() : HOME);
    },
    /** To the path, where a hand has not chosen the view. */
    fit() {
      if (ends && !own) travel(lab.ends ? framed([...lab.ends, ...(lab.geodesic ?? [])], MARGIN, LEAST_OF_PATH) : HOME);
    },
    announce(text) { find(".announce").textContent = text; },
  };

  function see(view) {
    Object.assign(map.view, view);
    element.dataset.view = [map.view.x, map.view.y, map.view.span].join(" ");
    map.draw();
    clearTimeout(settling);
    settling = window.setTimeout(drawBackdrop, REST_MS);
  }

  function travel(to) { // at once where there is nothing to see yet, or less motion is wanted
    cancelAnimationFrame(travelling);
    const from = { ...map.view }, begun = performance.now();
    const still = !element.dataset.ready || matchMedia("(prefers-reduced-motion: reduce)").matches || ["x", "y", "span"].every((key) => from[key] === to[key]);
    const step = (/** @type {number} */ now) => {
      const share = still ? 1 : Math.min(Math.max((now - begun) / TRAVEL_MS, 0), 1);
      const eased = share * share * (3 - 2 * share);
      see(share === 1 ? to : { x: from.x + eased * (to.x - from.x), y: from.y + eased * (to.y - from.y), span: from.span * (to.span / from.span) ** eased });
      if (share === 1) return;
      delete element.dataset.view; // it does not stand yet
      travelling = requestAnimationFrame(step);
    };
    step(begun);
  }

  const painters = {
    back() {
      const sheet = sheets.back;
      if (!sheet.start(map.view)) return;
      if (backdrop) sheet.picture(backdrop.canvas, backdrop.view);
      if (field) sheet.picture(field.canvas, { x: 0, y: 0, span: shown.field.span }, shown.field.classes ? 0.45 : 0.8, !shown.field.classes);
      sheet.axes(lab.model?.probabilistic);
    },
    points() {
      const sheet = sheets.points;
      if (!sheet.start(map.view) || !map.points) return;
      sheet.points(map.points.mean, map.parts(), map.colours, map.hidden);
      if (!map.groups && !closeup) map.middles.forEach(({ z, name }, k) => { if (z && !map.hidden.has(k)) sheet.name(z, name); });
    },
    marks() {
      const sheet = sheets.marks;
      if (!sheet.start(map.view)) return;
      if (closeup) sheet.scale();
      else sheet.axisNames(lab.model?.probabilistic);
      if (shown.path) sheet.path(shown.path);
      const density = options.posterior ? lab.posterior : shown.density;
      if (density) sheet.density(density.cells);
      if ((ends || options.line) && lab.ends) sheet.path(lab.ends, lab.path());
      if (ends && lab.geodesic) sheet.path(lab.geodesic, lab.path(lab.geodesic), [9, 6]);
      const q = options.posterior ? lab.seen : null;
      if (q?.std) sheet.posterior(q.mean, q.std);
      else if (q) sheet.cross(q.mean, 0, 9);
      for (const { z, mass } of density?.modes ?? []) sheet.share(z, mass);
      if (ends) map.handles().forEach((z, k) => sheet.handle(z, "AB"[k]));
      placePin();
      if (ends && lab.walker) sheet.dot(lab.walker, 6);
      shown.samples?.forEach((z) => sheet.sample(z));
      if (map.cursor) sheet.cross(map.cursor.z, 0, 5);
      if (map.outline) sheet.halo(1.5, () => sheet.line([...map.outline, map.outline[0]]));
      for (const i of map.selection.slice(0, MOST_PICTURES)) sheet.dot(map.at(i), 1.5);
    },
  };
  const pin = find(".pin");
  function placePin() { // at the code, if it is in view
    const [x, y] = [(lab.z[0] - map.view.x) / map.view.span + 0.5, 0.5 - (lab.z[1] - map.view.y) / map.view.span];
    pin.hidden = Boolean(ends || closeup) || Math.min(x, y) < 0 || Math.max(x, y) > 1;
    pin.style.left = `${100 * x}%`;
    pin.style.top = `${100 * y}%`;
  }

  // The plane itself, decoded: drawn anew where the view has come to rest.
  async function drawBackdrop() {
    if (!backdropShown.checked || !lab.net) { backdrop = null; map.draw("back"); return; }
    const here = { ...map.view };
    const made = document.createElement("canvas");
    const wanted = () => map.view.x === here.x && map.view.y === here.y && map.view.span === here.span && element.isConnected;
    if (await decodeTiles(made, lab.net, tileCodes(here, TILES), TILES, lab.label, wanted)) {
      backdrop = { canvas: made, view: here };
      map.draw("back");
    }
  }

  function around() { // all that is known of the picture's code
    const places = [];
    const add = ([z1, z2], [r1, r2]) => places.push([z1 - r1, z2 - r2], [z1 + r1, z2 + r2]);
    if (lab.seen) add(lab.seen.mean, /** @type {Code} */ ((lab.seen.std ?? [0, 0]).map((s) => 3 * s)));
    for (const [z1, z2, width, nats] of lab.posterior?.cells ?? []) if (nats > NEARBY) add([z1, z2], [width / 2, width / 2]);
    return places.length ? framed(places, 1.3, LEAST) : HOME;
  }

  const preview = mountPreview(map);
  const colours = mountColours(map);
  const select = mountSelection(map);
  let trained = null; // where the points are when the training is not replayed
  const replay = options.replay ? mountReplay({ section: find(".replay"), lab, count: () => map.points?.label.length, show(codes) {
    if (!map.points) return;
    map.points = { ...map.points, mean: codes ?? trained };
    map.middles = medians(map.points, lab.model.classes.map(named)); // the names go with their dots
    map.draw("points", ...(map.selection.length ? ["marks"] : []));
  } }) : () => {};
  listenToHands(map, { preview, select });

  marks.setAttribute("aria-label", ends ? say.helpEnds(options.label) : say.help(options.label));
  find(".tools").hidden = find(".backdrop").hidden = !options.tools;
  find(".bar").hidden = find(".classes").hidden = Boolean(closeup);
  const fade = () => sheets.points.canvas.classList.toggle("faded", Boolean((field && !shown.field.classes) || backdropShown.checked));
  backdropShown.onchange = () => { fade(); drawBackdrop(); };

  async function update() { // of another model
    if (!lab.model) return;
    replay();
    if (backdropShown.checked) drawBackdrop();
    map.draw();
    const { model } = lab;
    if (model === read || model.problem) return;
    read = model;
    Object.assign(map, { points: null, groups: null, hidden: new Set(), middles: [] });
    delete element.dataset.ready;
    select([]);
    preview.leave();
    map.reset();
    map.announce("");
    colours.show();
    try {
      if (!lab.net) await lab.ready; // the first picture comes before the points
      if (model !== read) return;
      const found = await encodingsOf(model);
      if (model !== read) return; // another was picked meanwhile
      Object.assign(map, { points: found, middles: medians(found, model.classes.map(named)) });
      trained = found.mean;
    } catch (error) {
      map.announce(say.unreadable(why(error)));
    }
    if (model !== read) return;
    colours.offer();
    element.dataset.ready = String(Boolean(map.points));
    map.draw();
  }

  const nameLines = () => {
    find(".lines").hidden = !ends || lab.second === "none";
    find(".lines span").textContent = say.seconds[lab.second] ?? "";
  };
  nameLines();

  lab.listen(element, (what) => {
    if (what === "second") nameLines();
    if (what === "model") update();
    else if (closeup && (what === "seen" || what === "posterior")) map.reset();
    else map.draw("marks");
    if ((what === "path" || what === "geodesic") && !page.pressed) map.fit(); // not under the hand that drags an end
  });
  new ResizeObserver(() => map.draw()).observe(marks);
  onLook(() => { colours.show(); show(shown); });
  map.reset();
  update();

  function show(/** @type {Shown} */ what) {
    shown = what;
    field = shown.field ? fieldPicture(shown.field) : null;
    find(".field").replaceChildren(...(field ? fieldKey(shown.field, field) : []));
    fade();
    map.draw();
  }
  return { show, reset: map.reset };
}

/** The view that shows all of some places. */
function framed(/** @type {ArrayLike<number>[]} */ places, /** @type {number} */ margin, /** @type {number} */ least) {
  const end = (/** @type {number} */ axis, /** @type {(a: number, b: number) => number} */ choose) => places.reduce((found, z) => choose(found, z[axis]), places[0][axis]);
  const [left, bottom, right, top] = [end(0, Math.min), end(1, Math.min), end(0, Math.max), end(1, Math.max)];
  const span = Math.min(Math.max(margin * Math.max(right - left, top - bottom), least), WIDEST);
  return { x: (left + right) / 2, y: (bottom + top) / 2, span };
}
