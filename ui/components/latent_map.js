// The latent map: points on a canvas, a view that zooms and pans, a cross that the keyboard moves.

const HERE = import.meta.url.split("?")[0];
const { readTensors } = await import(new URL("../static/safetensors.js", HERE));

// Ten colours told apart in every common colour vision: chosen by annealing to make the smallest
// difference large, without and with the three dichromacies (tests/unit/test_colours.py measures).
const COLOURS = [
  "#0f9aff", "#f39433", "#921868", "#64e3ad", "#4921b2",
  "#6c5500", "#f0495e", "#d8df13", "#4f4cff", "#995dab",
];
const QUIET = "#7f90a8"; // where there are no classes
// Dark blue to yellow, brightness rising evenly, so that it reads the same in grey.
const RAMP = [[24, 30, 110], [70, 80, 140], [115, 120, 130], [175, 160, 95], [250, 225, 60]];
const HOME = { x: 0, y: 0, span: 9 }; // centre and width of the view, in units of the latent axes
const SIGMAS = [1, 2, 3]; // of the prior
const HIT = 14; // how near a point the pointer must be, in CSS pixels

export function mount({ element, props, trigger, server, watch }) {
  const find = (selector) => element.querySelector(selector);
  const canvas = find("canvas");
  const pen = canvas.getContext("2d");
  const preview = find(".preview");
  const select = find(".colour-by select");
  let view = { ...HOME };
  let points = null; // { mean, label, rate, distortion }
  let cursor = null; // what hovering or the arrow keys point at: { z, index }
  let hidden = new Set();
  let drawing = false;

  canvas.setAttribute("aria-label",
    `${props.label}. Arrow keys move the cross, Enter picks its place, plus and minus zoom.`);
  find(".colour-by").hidden = !props.colour_by;

  // --- from the plane to the canvas and back, in CSS pixels ---------------------------------
  const size = () => canvas.clientWidth;
  const toX = (z1) => ((z1 - view.x) / view.span + 0.5) * size();
  const toY = (z2) => (0.5 - (z2 - view.y) / view.span) * size();
  const toZ = (x, y) => [
    (x / size() - 0.5) * view.span + view.x,
    (0.5 - y / size()) * view.span + view.y,
  ];

  // --- colours ---------------------------------------------------------------------------------
  function colouring() {
    if (select.value === "class") {
      const colours = props.value.classes.length ? COLOURS : [QUIET];
      return { of: (i) => colours[points.label[i] % colours.length] };
    }
    const values = points[select.value];
    const sorted = values.slice().sort();
    const low = sorted[Math.floor(0.02 * sorted.length)];
    const high = sorted[Math.floor(0.98 * sorted.length)];
    return { low, high, of: (i) => ramp((values[i] - low) / (high - low || 1)) };
  }

  function offerColours() { // a plain autoencoder has no finite rate, a set without labels no class
    for (const option of select.options) {
      option.hidden = option.value !== "class" && !points[option.value].every(Number.isFinite);
      if (option.hidden && option.selected) select.value = "class";
    }
    select.options[0].text = props.value.classes.length ? "class" : "nothing";
  }

  function ramp(share) {
    const place = Math.min(Math.max(share, 0), 0.9999) * (RAMP.length - 1);
    const [a, b] = [RAMP[Math.floor(place)], RAMP[Math.floor(place) + 1]];
    return `rgb(${a.map((value, k) => Math.round(value + (b[k] - value) * (place % 1)))})`;
  }

  // --- drawing ---------------------------------------------------------------------------------
  function draw() {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => { drawing = false; paint(); });
  }

  function paint() {
    const side = size();
    if (!side) return; // on a tab that is not open
    const ratio = window.devicePixelRatio || 1;
    const pixels = Math.round(side * ratio);
    if (canvas.width !== pixels || canvas.height !== pixels) canvas.width = canvas.height = pixels;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, side, side);
    const ink = getComputedStyle(element).color;
    paintAxes(ink);
    if (points) paintPoints(side);
    paintAxisNames(ink, side);
    if (props.value?.path) paintPath(props.value.path, ink);
    if (props.value?.ellipse) paintEllipse(...props.value.ellipse, ink);
    if (props.value?.current) paintCross(props.value.current, 0, 9, ink);
    if (cursor) paintCross(cursor.z, 0, 5, ink);
  }

  function paintAxes(ink) {
    pen.strokeStyle = ink;
    pen.lineWidth = 1;
    pen.globalAlpha = 0.25;
    if (props.value?.prior) for (const sigma of SIGMAS) circle(0, 0, sigma, sigma); // N(0, I)
    line([[-99, 0], [99, 0]]);
    line([[0, -99], [0, 99]]);
    pen.globalAlpha = 1;
  }

  function paintAxisNames(ink, side) {
    pen.font = "12px sans-serif";
    if (props.value?.prior) for (const sigma of SIGMAS) write(`${sigma}σ`, toX(sigma) + 3, toY(0) - 4, ink);
    write("z1", side - 20, Math.min(Math.max(toY(0) + 15, 15), side - 6), ink);
    write("z2", Math.min(Math.max(toX(0) + 5, 5), side - 20), 15, ink);
  }

  function paintPoints(side) {
    const { of } = colouring();
    const radius = Math.min(1.6 * Math.sqrt(HOME.span / view.span), 6);
    pen.globalAlpha = 0.75;
    forEachVisible((i, x, y) => {
      if (x < -radius || y < -radius || x > side + radius || y > side + radius) return;
      pen.fillStyle = of(i);
      pen.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    });
    pen.globalAlpha = 1;
  }

  function forEachVisible(visit) {
    const { mean, label } = points;
    for (let i = 0; i < label.length; i++) {
      if (!hidden.has(label[i])) visit(i, toX(mean[2 * i]), toY(mean[2 * i + 1]));
    }
  }

  function paintPath(path, ink) {
    stroke(ink, 2, () => line(path));
    pen.fillStyle = ink;
    for (const [z1, z2] of path) {
      pen.beginPath();
      pen.arc(toX(z1), toY(z2), 3, 0, 7);
      pen.fill();
    }
    pen.font = "bold 16px sans-serif";
    const ends = { A: path[0], B: path[path.length - 1] };
    for (const [name, [z1, z2]] of Object.entries(ends)) write(name, toX(z1) + 7, toY(z2) - 7, ink);
  }

  function write(text, x, y, ink) { // with a halo, like stroke()
    pen.lineWidth = 4;
    pen.strokeStyle = getComputedStyle(canvas).backgroundColor;
    pen.strokeText(text, x, y);
    pen.fillStyle = ink;
    pen.fillText(text, x, y);
  }

  function paintEllipse(mean, std, ink) {
    stroke(ink, 1.5, () => { for (const k of [1, 2]) circle(...mean, k * std[0], k * std[1]); });
    const edge = 2 * Math.max(...std) / view.span * size();
    paintCross(mean, edge + 5, edge + 16, ink); // ticks around it: it may be a few pixels wide
  }

  function paintCross([z1, z2], from, to, ink) {
    const [x, y] = [toX(z1), toY(z2)];
    stroke(ink, 2, () => {
      pen.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        pen.moveTo(x + from * dx, y + from * dy);
        pen.lineTo(x + to * dx, y + to * dy);
      }
      pen.stroke();
    });
  }

  function stroke(ink, width, path) { // with a halo, so that it shows on the points
    pen.strokeStyle = getComputedStyle(canvas).backgroundColor;
    pen.lineWidth = width + 3;
    path();
    pen.strokeStyle = ink;
    pen.lineWidth = width;
    path();
  }

  function circle(z1, z2, r1, r2) {
    pen.beginPath();
    pen.ellipse(toX(z1), toY(z2), r1 / view.span * size(), r2 / view.span * size(), 0, 0, 7);
    pen.stroke();
  }

  function line(path) {
    pen.beginPath();
    for (const [z1, z2] of path) pen.lineTo(toX(z1), toY(z2));
    pen.stroke();
  }

  // --- legend ------------------------------------------------------------------------------------
  function drawLegend() {
    const legend = find(".legend");
    legend.replaceChildren();
    if (select.value !== "class") {
      if (!points) return;
      const { low, high } = colouring();
      const bar = document.createElement("span");
      bar.className = "ramp";
      bar.style.background = `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map(ramp)})`;
      legend.append(`${low.toFixed(1)}`, bar, `${high.toFixed(1)} nats`);
      return;
    }
    (props.value?.classes ?? []).forEach((name, k) => {
      const button = document.createElement("button");
      const dot = document.createElement("i");
      button.type = "button";
      dot.style.background = COLOURS[k % 10];
      button.append(dot, name);
      button.setAttribute("aria-pressed", String(!hidden.has(k)));
      button.onclick = () => {
        if (!hidden.delete(k)) hidden.add(k);
        button.setAttribute("aria-pressed", String(!hidden.has(k)));
        draw();
      };
      legend.append(button);
    });
  }

  // --- pointing ----------------------------------------------------------------------------------
  function pointAt(place, snap) {
    let z = place.map((value) => Math.min(Math.max(value, -props.limit), props.limit));
    let [index, nearest] = [-1, HIT];
    const [px, py] = [toX(z[0]), toY(z[1])];
    if (points) forEachVisible((i, x, y) => {
      const distance = Math.hypot(x - px, y - py);
      if (distance < nearest) [index, nearest] = [i, distance];
    });
    if (snap && index >= 0) z = [points.mean[2 * index], points.mean[2 * index + 1]];
    cursor = { z, index };
    draw();
    showPreview();
  }

  let asking = false;
  let asked = "";
  async function showPreview() { // at most one request under way; the last place wins
    if (asking || !cursor) return;
    const { z, index } = cursor;
    const { model, label, classes } = props.value;
    const key = `${model} ${label} ${z}`;
    const code = `z = (${z.map((value) => value.toFixed(2).replace("-", "−")).join(", ")})`;
    const place = label === null ? code : `${code} as ${label}`;
    const name = classes[points?.label[index]];
    const what = index < 0 ? "" : `test image ${index}${name === undefined ? "" : `: ${name}`}`;
    if (key !== asked) {
      asking = true;
      try {
        show(await server.preview_at([model, label, ...z, index]), place);
        asked = key;
      } catch (error) {
        announce(`The picture could not be fetched: ${error.message ?? error}`);
        cursor = null;
      }
      asking = false;
      if (cursor && cursor.z !== z) { showPreview(); return; }
    }
    preview.hidden = !cursor;
    if (!cursor) return;
    preview.querySelector("figcaption").textContent = what ? `${place}\n${what}` : place;
    const [x, y] = [toX(z[0]), toY(z[1])];
    const beside = x + 24 + preview.offsetWidth < size() ? x + 16 : x - 16 - preview.offsetWidth;
    preview.style.left = `${Math.max(beside, 0)}px`;
    preview.style.top = `${Math.min(Math.max(y - preview.offsetHeight / 2, 0), size() - preview.offsetHeight)}px`;
    announce(what ? `${place}, ${what}` : place);
  }

  function show([decoded, original], place) {
    const [left, right] = preview.querySelectorAll("img");
    left.src = decoded;
    left.alt = `picture decoded at ${place}`;
    right.parentElement.hidden = !original;
    right.src = original ?? "";
  }

  function announce(text) { find(".announce").textContent = text; }

  function leave() {
    cursor = null;
    preview.hidden = true;
    draw();
  }

  function pick(z) { trigger("select", { z: z.map((value) => Number(value.toFixed(4))) }); }

  // --- zoom and pan --------------------------------------------------------------------------------
  function zoom(factor, x = size() / 2, y = size() / 2) {
    const before = toZ(x, y);
    view.span = Math.min(Math.max(view.span / factor, 0.05), 3 * props.limit);
    const after = toZ(x, y);
    view.x += before[0] - after[0];
    view.y += before[1] - after[1];
    draw();
  }

  function reset() { view = { ...HOME }; draw(); }

  const pointers = new Map(); // those pressed: id -> [x, y]
  let moved = false;

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    if (pointers.size === 1) moved = false;
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    const now = [event.offsetX, event.offsetY];
    if (!last) { pointAt(toZ(...now), true); return; }
    if (!moved && Math.hypot(now[0] - last[0], now[1] - last[1]) < 4) return;
    moved = true;
    leave();
    const others = [...pointers].filter(([id]) => id !== event.pointerId);
    if (others.length) {
      const [, other] = others[0];
      const spread = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      zoom(spread(now) / Math.max(spread(last), 1), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    } else {
      view.x -= (now[0] - last[0]) / size() * view.span;
      view.y += (now[1] - last[1]) / size() * view.span;
    }
    pointers.set(event.pointerId, now);
    draw();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!pointers.delete(event.pointerId) || moved) return; // pressed elsewhere, or dragged
    const z = toZ(event.offsetX, event.offsetY);
    pointAt(z, true);
    pick(cursor.z);
  });
  canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", leave);
  canvas.addEventListener("blur", leave);
  canvas.addEventListener("dblclick", reset);
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.5 : 0.05;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const at = cursor?.z ?? props.value?.current ?? [0, 0];
    if (moves[event.key]) pointAt([at[0] + moves[event.key][0], at[1] + moves[event.key][1]], false);
    else if (event.key === "Enter") pick(at);
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") reset();
    else return;
    event.preventDefault();
  });
  for (const button of element.querySelectorAll("[data-zoom]")) {
    button.onclick = () => (Number(button.dataset.zoom) ? zoom(Number(button.dataset.zoom)) : reset());
  }
  select.onchange = () => { drawLegend(); draw(); };

  // --- what changes from outside ---------------------------------------------------------------------
  let shown = "";
  async function update() {
    draw();
    const address = props.value?.points;
    if (!address || address === shown) return;
    shown = address;
    points = null;
    hidden = new Set();
    delete element.firstElementChild.dataset.ready;
    reset();
    leave();
    drawLegend();
    try {
      const read = await readTensors(new URL(address, `${window.gradio_config.root}/`).href);
      if (address !== shown) return; // another model was picked meanwhile
      points = read;
      offerColours();
      element.firstElementChild.dataset.ready = "true";
    } catch (error) {
      announce(`The encoded test set could not be read: ${error.message}`);
    }
    drawLegend();
    draw();
  }
  watch("value", update);
  new ResizeObserver(draw).observe(canvas);
  new MutationObserver(draw).observe(document.body, { attributeFilter: ["class"] }); // light, dark
  update();
}
