// The latent map: the plane of codes, to look at, to point at, to hold and to select from.

const VERSION = new URL(import.meta.url).search;
const load = (name) => import(new URL(name + VERSION, import.meta.url));
const [{ Lab, lab: shared, other, shown, LIMIT, APOLOGY }, { address, paint }, { readTensors }, { decodeTiles, tileCodes },
  { COLOURS, HOME, Sheet, colouring, fieldPicture, ramp }, { mountReplay }] = await Promise.all([
  load("../static/lab.js"), load("../static/vae.js"), load("../static/safetensors.js"),
  load("../static/tiles.js"), load("latent_map_paint.js"), load("latent_map_replay.js")]);

const HIT = 14; // how near a point the pointer must be, in CSS pixels
const GRIP = { mouse: 14, pen: 18, touch: 28 }; // the same for a handle
const TILES = 20; // of the decoded plane, along each side
const MOST = 100; // pictures on the contact sheet, in rows of
const ROW = 10;
const KEY_STEP = 0.05; // with Shift ten times as much
const KEY_RADIUS = 0.3; // of what the key S selects
const LEAST = 0.05; // of the plane that is shown
const NEARBY = -5; // nats below the highest cell: what a close-up takes in
const QUIET_MS = 150; // that the pointer must rest before something is fetched or read out

export function mount({ element, props, trigger, server, watch }) {
  const find = (selector) => element.querySelector(selector);
  // A map with a model of its own stands alone, unless it is of the model beside the one in use.
  const lab = props.other ? other : props.value?.model ? new Lab() : shared;
  const marks = find(".marks");
  const sheets = { back: new Sheet(find(".back")), points: new Sheet(find(".points")), marks: new Sheet(marks) };
  const select = find(".colour-by select");
  const count = find(".groups input"); // of the groups of k-means
  const preview = find(".preview");
  let view = { ...HOME };
  let points = null; // { mean, label, rate, distortion, log_prob }
  let colours = null;
  let cursor = null; // what the pointer is at: { z, index }
  let groups = null; // of k-means: one for each point, while they are the colours
  let hidden = new Set(); // classes, or groups
  let backdrop = null; // the decoded plane: { canvas, view }
  let field = null; // a layer of numbers, as a picture
  let tool = "move";
  let outline = null; // of the selection being made: codes
  let selection = [];

  marks.setAttribute("aria-label", `${props.label}. Arrow keys move the ${props.ends ? "end that the keys A and B choose" : "code"}, `
    + "with Shift faster; plus and minus zoom, zero goes back.");
  find(".colour-by").hidden = !props.colour_by;
  find(".tools").hidden = find(".backdrop").hidden = !props.tools;
  find(".bar").hidden = find(".classes").hidden = props.closeup;
  if (props.closeup) element.firstElementChild.dataset.testid = "close-up";
  find(".lines").hidden = !props.ends;

  // --- what is held: the current code, or both ends of a path ------------------------------------
  const handles = () => (props.ends ? lab.ends ?? [] : [lab.z]);
  const handsOff = props.posterior || props.samples; // there the ring of the current code would hide the posterior
  function move(which, z) {
    if (!props.ends) { lab.setZ(...z); return; }
    lab.held = which;
    lab.setPath(lab.ends.map((end, k) => (k === which ? z : end)));
  }

  // --- painting ------------------------------------------------------------------------------------
  const due = new Set();
  function draw(...names) { // at the next frame; all of them if none is named
    if (!due.size) requestAnimationFrame(() => { const now = [...due]; due.clear(); now.forEach((name) => painters[name]()); });
    for (const name of names.length ? names : Object.keys(painters)) due.add(name);
  }

  const painters = {
    back() {
      const sheet = sheets.back;
      if (!sheet.start(view)) return;
      if (backdrop) sheet.picture(backdrop.canvas, backdrop.view);
      if (field) {
        const { span, classes } = props.value.field;
        sheet.picture(field.canvas, { x: 0, y: 0, span }, classes ? 0.45 : 0.8, !classes);
      }
      sheet.axes(lab.model?.probabilistic);
    },
    points() {
      const sheet = sheets.points;
      if (sheet.start(view) && points) sheet.points(points.mean, parts(), colours, hidden);
    },
    marks() {
      const sheet = sheets.marks;
      if (!sheet.start(view)) return;
      if (props.closeup) sheet.scale();
      else sheet.axisNames(lab.model?.probabilistic);
      if (props.value?.path) sheet.path(props.value.path);
      const density = props.posterior ? lab.density : props.value?.density;
      if (density) sheet.density(density.cells);
      if ((props.ends || props.line) && lab.ends) sheet.path(lab.ends, lab.path());
      if (props.ends && lab.geodesic) sheet.path(lab.geodesic, lab.path(lab.geodesic), [9, 6]);
      const q = props.posterior ? lab.seen : null;
      if (q) (q.std ? sheet.posterior(q.mean, q.std) : sheet.cross(q.mean, 0, 9));
      for (const { z, mass } of density?.modes ?? []) sheet.share(z, mass);
      if (!handsOff) handles().forEach((z, k) => sheet.handle(z, props.ends ? "AB"[k] : ""));
      if (props.ends && lab.walker) sheet.dot(lab.walker, 6);
      if (props.samples) props.value?.samples?.forEach((z) => sheet.sample(z));
      if (cursor) sheet.cross(cursor.z, 0, 5);
      if (outline) sheet.halo(1.5, () => sheet.line([...outline, outline[0]]));
      for (const i of selection.slice(0, MOST)) sheet.dot(at(i), 1.5);
    },
  };

  const parts = () => groups ?? points.label; // which the legend's buttons hide
  const at = (i) => [points.mean[2 * i], points.mean[2 * i + 1]];
  const size = () => marks.clientWidth;
  const toZ = (x, y) => [(x / size() - 0.5) * view.span + view.x, (0.5 - y / size()) * view.span + view.y];
  const distance = (z, x, y) => Math.hypot(
    ((z[0] - view.x) / view.span + 0.5) * size() - x, (0.5 - (z[1] - view.y) / view.span) * size() - y);

  // The plane itself, decoded: drawn anew where the view has come to rest.
  async function drawBackdrop() {
    if (!find(".backdrop input").checked || !lab.net) { backdrop = null; draw("back"); return; }
    const here = { ...view };
    const canvas = document.createElement("canvas");
    const wanted = () => view.x === here.x && view.y === here.y && view.span === here.span && element.isConnected;
    if (await decodeTiles(canvas, lab.net, tileCodes(here, TILES), TILES, lab.label, wanted)) {
      backdrop = { canvas, view: here };
      draw("back");
    }
  }

  // --- colours and legend ----------------------------------------------------------------------------
  function offerColours() { // a plain autoencoder has no finite rate, a set without labels no class
    for (const option of select.options) {
      const values = points[option.value];
      option.hidden = option.value === "k-means" ? !props.grouped
        : option.value !== "class" && !(values && values.every(Number.isFinite));
      if (option.hidden && option.selected) select.value = "class";
    }
    select.options[0].text = lab.model.classes.length ? "class" : "nothing";
  }

  function key(layer) {
    const { classes } = props.value.field;
    return classes ? classes.flatMap((name, k) => [dot(k), name]) : colourBar(layer);
  }

  function colourBar({ low, high }) { // figures in nats
    const bar = document.createElement("span");
    bar.className = "ramp";
    bar.style.background = `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map((share) => `rgb(${ramp(share)})`)})`;
    const [from, to] = [low, high].map((value) => value.toFixed(1).replace("-", "−"));
    return [from, bar, `${to} nats`];
  }

  function dot(k) { // of the colour of a class or group
    const made = document.createElement("i");
    made.style.background = COLOURS[k % COLOURS.length];
    return made;
  }

  function colour() {
    const legend = find(".classes");
    legend.replaceChildren();
    if (!points) return;
    const names = groups ? Array.from({ length: count.value }, (_, k) => `group ${k + 1}`) : lab.model.classes;
    const found = colouring(parts(), names.length, points[select.value]);
    colours = found.colours;
    draw("points");
    if (points[select.value]) { legend.append(...colourBar(found)); return; }
    legend.append(...names.map((name, k) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(dot(k), name);
      const show = () => button.setAttribute("aria-pressed", String(!hidden.has(k)));
      button.onclick = () => { if (!hidden.delete(k)) hidden.add(k); show(); draw("points"); };
      show();
      return button;
    }));
  }

  async function recolour() { // as the picker says: the server makes the groups of k-means
    const by = select.value;
    const { model } = lab;
    const k = Number(count.value);
    find(".groups").hidden = by !== "k-means";
    const found = points && by === "k-means" ? await server.groups_of([model.name, k]) : {};
    if (lab.model !== model || select.value !== by || Number(count.value) !== k) return; // another was picked meanwhile
    if (groups || found.groups) hidden = new Set();
    groups = found.groups ?? null;
    find(".agreement").textContent = found.words ?? "";
    colour();
  }

  // --- pointing ------------------------------------------------------------------------------------------
  function nearest(z) { // the point at a place, or -1
    if (!points) return -1;
    const { mean } = points;
    const part = parts();
    let [index, least] = [-1, (HIT / size() * view.span) ** 2];
    for (let i = 0; i < part.length; i++) {
      const away = (mean[2 * i] - z[0]) ** 2 + (mean[2 * i + 1] - z[1]) ** 2;
      if (away < least && !hidden.has(part[i])) [index, least] = [i, away];
    }
    return index;
  }

  function pointAt(place) {
    const index = nearest(place);
    cursor = { z: index < 0 ? place : at(index), index };
    showPreview();
    draw("marks");
  }

  function describe(z, index) {
    const place = `z = ${shown(z)}${lab.label === null ? "" : ` as ${lab.label}`}`;
    if (index < 0) return [place];
    const name = lab.model.classes[points.label[index]];
    const group = groups ? `, group ${groups[index] + 1}` : "";
    return [place, `test image ${index}${name === undefined ? "" : `: ${name}`}${group}`];
  }

  let resting = 0;
  function showPreview() {
    const { z, index } = cursor;
    if (lab.failed) { announce(`${describe(z, index).join(", ")}. ${APOLOGY}`); return; }
    if (!lab.net) return;
    paint(preview.querySelector("canvas"), lab.decode(...z), lab.net.shape);
    const lines = describe(z, index);
    preview.querySelector("figcaption").textContent = lines.join("\n");
    const original = preview.querySelector("img");
    original.parentElement.hidden = true;
    preview.hidden = false;
    place(z);
    clearTimeout(resting);
    resting = setTimeout(async () => {
      announce(lines.join(", "));
      if (index < 0 || !props.originals) return;
      const { model } = lab;
      const source = await server.original_at([model.name, index]);
      if (cursor?.index !== index || lab.model !== model) return;
      original.src = source;
      original.parentElement.hidden = !source;
      place(z);
    }, QUIET_MS);
  }

  function place(z) { // the preview beside a code
    const [x, y] = [sheets.marks.x(z[0]), sheets.marks.y(z[1])];
    const beside = x + 24 + preview.offsetWidth < size() ? x + 16 : x - 16 - preview.offsetWidth;
    preview.style.left = `${Math.max(beside, 0)}px`;
    preview.style.top = `${Math.min(Math.max(y - preview.offsetHeight / 2, 0), size() - preview.offsetHeight)}px`;
  }

  function announce(text) { find(".announce").textContent = text; }

  function announceSoon(z) {
    clearTimeout(resting);
    resting = setTimeout(() => announce(describe(z, -1)[0]), QUIET_MS);
  }

  function leave() {
    cursor = null;
    clearTimeout(resting);
    preview.hidden = true;
    draw("marks");
  }

  // --- zoom, pan, drag -----------------------------------------------------------------------------------
  let settling = 0;
  function look(change) {
    Object.assign(view, change);
    draw();
    clearTimeout(settling);
    settling = setTimeout(drawBackdrop, QUIET_MS);
  }

  function zoom(factor, x = size() / 2, y = size() / 2) {
    const before = toZ(x, y);
    view.span = Math.min(Math.max(view.span / factor, LEAST), 3 * LIMIT);
    const after = toZ(x, y);
    look({ x: view.x + before[0] - after[0], y: view.y + before[1] - after[1] });
  }

  const reset = () => look(props.closeup ? closeup() : { ...HOME });

  function closeup() { // on all that is known of the picture's code
    const places = [];
    const add = ([z1, z2], [r1, r2]) => places.push([z1 - r1, z2 - r2], [z1 + r1, z2 + r2]);
    if (lab.seen) add(lab.seen.mean, (lab.seen.std ?? [0, 0]).map((s) => 3 * s));
    for (const [z1, z2, width, nats] of lab.density?.cells ?? []) {
      if (nats > NEARBY) add([z1, z2], [width / 2, width / 2]);
    }
    if (!places.length) return { ...HOME };
    const [left, bottom] = [0, 1].map((axis) => places.reduce((low, z) => Math.min(low, z[axis]), Infinity));
    const [right, top] = [0, 1].map((axis) => places.reduce((high, z) => Math.max(high, z[axis]), -Infinity));
    return { x: (left + right) / 2, y: (bottom + top) / 2, span: Math.max(1.3 * Math.max(right - left, top - bottom), LEAST) };
  }
  const pointers = new Map(); // those pressed: id -> [x, y]
  let grabbed = -1; // the handle in the pointer's grip
  let moved = false;

  function handleAt([x, y], kind) {
    const away = handles().map((z) => distance(z, x, y));
    const closest = away.indexOf(Math.min(...away));
    return !handsOff && away[closest] <= GRIP[kind] ? closest : -1;
  }

  marks.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const here = [event.offsetX, event.offsetY];
    marks.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, here);
    if (pointers.size > 1) { outline = null; grabbed = -1; return; }
    moved = false;
    grabbed = handleAt(here, event.pointerType);
    if (grabbed < 0 && tool !== "move") outline = [toZ(...here)];
  });
  marks.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    const now = [event.offsetX, event.offsetY];
    if (!last) {
      marks.classList.toggle("grab", handleAt(now, event.pointerType) >= 0);
      pointAt(toZ(...now));
      return;
    }
    if (!moved && Math.hypot(now[0] - last[0], now[1] - last[1]) < 3) return;
    moved = true;
    cursor = null;
    const others = [...pointers].filter(([id]) => id !== event.pointerId);
    if (grabbed >= 0) {
      preview.hidden = true;
      move(grabbed, toZ(...now));
      announceSoon(handles()[grabbed]);
    } else if (others.length) {
      const [, other] = others[0];
      const spread = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      zoom(spread(now) / Math.max(spread(last), 1), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    } else if (outline) {
      const [start, end] = [outline[0], toZ(...now)];
      outline = tool === "lasso" ? [...outline, end] : [start, [end[0], start[1]], end, [start[0], end[1]]];
      draw("marks");
    } else {
      leave();
      look({ x: view.x - (now[0] - last[0]) / size() * view.span, y: view.y + (now[1] - last[1]) / size() * view.span });
    }
    pointers.set(event.pointerId, now);
  });
  marks.addEventListener("pointerup", (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size) return; // pressed elsewhere; or one of two
    if (moved) {
      if (outline?.length > 2) choose(inside(outline));
      if (grabbed >= 0) picked();
    } else if (grabbed < 0) {
      pointAt(toZ(event.offsetX, event.offsetY));
      const away = handles().map((z) => distance(z, event.offsetX, event.offsetY));
      move(away.indexOf(Math.min(...away)), cursor.z);
      picked();
    }
    [grabbed, outline] = [-1, null];
    draw("marks");
  });
  marks.addEventListener("pointercancel", (event) => { pointers.delete(event.pointerId); [grabbed, outline] = [-1, null]; });
  marks.addEventListener("pointerleave", () => { if (!pointers.size) leave(); });
  marks.addEventListener("blur", leave);
  marks.addEventListener("dblclick", reset);
  marks.addEventListener("touchstart", (event) => { // else one finger scrolls the page
    const box = marks.getBoundingClientRect();
    const [touch] = event.touches;
    const holds = handleAt([touch.clientX - box.x, touch.clientY - box.y], "touch") >= 0;
    if (holds || tool !== "move" || event.touches.length > 1) event.preventDefault();
  }, { passive: false });
  marks.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
  }, { passive: false });
  marks.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 10 * KEY_STEP : KEY_STEP;
    const steps = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const held = props.ends ? lab.held : 0;
    const from = handles()[held];
    if (steps[event.key]) {
      move(held, from.map((value, axis) => Number((value + steps[event.key][axis]).toFixed(4))));
      announceSoon(handles()[held]);
      picked();
    } else if (props.ends && "abAB".includes(event.key)) lab.held = "ab".indexOf(event.key.toLowerCase());
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") reset();
    else if (props.tools && event.key.toLowerCase() === "s") choose(within(lab.z, KEY_RADIUS));
    else return;
    event.preventDefault();
  });

  function picked() { trigger("select", { z: handles()[props.ends ? lab.held : 0] }); }

  for (const button of element.querySelectorAll("[data-zoom]")) {
    button.onclick = () => (Number(button.dataset.zoom) ? zoom(Number(button.dataset.zoom)) : reset());
  }
  const tools = [...element.querySelectorAll("[data-tool]")];
  for (const button of tools) {
    button.onclick = () => {
      tool = button.dataset.tool;
      for (const other of tools) other.setAttribute("aria-pressed", String(other === button));
    };
  }
  select.onchange = count.onchange = recolour;
  const showCount = () => { find(".groups span").textContent = count.value; };
  count.oninput = showCount;
  showCount();
  const fade = () => sheets.points.canvas.classList.toggle("faded", (field && !props.value.field.classes) || find(".backdrop input").checked);
  find(".backdrop input").onchange = () => {
    fade();
    drawBackdrop();
  };

  // --- selecting ------------------------------------------------------------------------------------------
  const all = () => Array.from(points?.label.keys() ?? []).filter((i) => !hidden.has(parts()[i]));
  const within = (z, radius) => all().filter((i) => Math.hypot(at(i)[0] - z[0], at(i)[1] - z[1]) <= radius);
  function inside(polygon) { // even-odd rule
    return all().filter((i) => {
      const [x, y] = at(i);
      return polygon.reduce((odd, [x1, y1], k) => {
        const [x2, y2] = polygon[(k + 1) % polygon.length];
        return (y1 > y) !== (y2 > y) && x < x1 + (y - y1) / (y2 - y1) * (x2 - x1) ? !odd : odd;
      }, false);
    });
  }

  function choose(indices) {
    selection = indices;
    const section = find(".selection");
    section.hidden = !indices.length;
    draw("marks");
    if (!indices.length) { announce("No test image is selected."); return; }
    const { classes } = lab.model;
    const counts = classes.map((name, k) => [name, indices.filter((i) => points.label[i] === k).length]);
    const words = [
      `${indices.length} test image${indices.length > 1 ? "s" : ""} selected`,
      counts.filter(([, n]) => n).map(([name, n]) => `${name}: ${n}`).join(", "),
      indices.length > MOST ? `the first ${MOST} decoded below` : "",
    ].filter(Boolean).join("; ");
    section.querySelector("p").textContent = `${words}.`;
    const sheet = section.querySelector("canvas");
    sheet.setAttribute("aria-label", `contact sheet: ${words}`);
    const codes = indices.slice(0, MOST).map(at);
    if (lab.net) {
      const columns = Math.min(ROW, codes.length);
      decodeTiles(sheet, lab.net, codes, columns, lab.label, () => selection === indices);
      sheet.style.width = `${columns * 44}px`;
    }
    const rows = indices.map((i) => [i, csv(classes[points.label[i]] ?? ""), ...at(i).map((value) => value.toFixed(5))]);
    const text = ["index,label,z1,z2", ...rows.map((row) => row.join(","))].join("\r\n") + "\r\n";
    const link = section.querySelector("a");
    URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  }
  const csv = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  find(".selection button").onclick = () => choose([]);

  // --- the training, replayed -----------------------------------------------------------------------------
  let trained = null; // where the points are when it is not
  const replay = props.replay ? mountReplay({ section: find(".replay"), lab, count: () => points?.label.length, show(codes) {
    if (!points) return;
    points = { ...points, mean: codes ?? trained };
    draw("points", ...(selection.length ? ["marks"] : []));
  } }) : () => {};

  // --- what changes from outside ------------------------------------------------------------------------
  let read = "";
  async function update() {
    field = props.value?.field ? fieldPicture(props.value.field) : null;
    find(".field").replaceChildren(...(field ? [`${props.value.field.name}: `, ...key(field)] : []));
    fade();
    draw();
    if (!lab.model) return;
    replay();
    if (backdrop || find(".backdrop input").checked) drawBackdrop();
    const { encodings } = lab.model;
    if (encodings === read) return;
    read = encodings;
    points = groups = null;
    hidden = new Set();
    delete element.firstElementChild.dataset.ready;
    choose([]);
    reset();
    leave();
    colour();
    announce("");
    find(".agreement").textContent = "";
    try {
      const tensors = await readTensors(address(encodings));
      if (encodings !== read) return; // another model was picked meanwhile
      points = tensors;
      trained = tensors.mean;
      offerColours();
    } catch (error) {
      announce(`The encoded test set could not be read: ${error.message}`);
    }
    element.firstElementChild.dataset.ready = String(Boolean(points));
    colour();
    draw();
    if (select.value === "k-means") recolour();
  }
  function adopt() {
    if (props.posterior && !props.closeup && !lab.drawing) {
      lab.density = props.value?.density ?? null;
      lab.set("seen", props.value?.posterior ?? null);
      document.documentElement.classList.toggle("outdated", !lab.density); // what the server said before
    }
    if (lab === shared) update();
    else if (props.value?.model) lab.use(props.value.model, props.value.label);
  }
  lab.listen(element, (what) => {
    if (what === "model") update();
    else if (props.closeup && (what === "seen" || what === "density")) reset();
    else draw("marks");
  });
  watch("value", adopt);
  new ResizeObserver(() => draw()).observe(marks);
  new MutationObserver(() => draw()).observe(document.body, { attributeFilter: ["class"] }); // light, dark
  adopt();
}
