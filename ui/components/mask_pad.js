// A picture at a model's own pixels, enlarged, of which parts are hidden. What the server gives is
// { model, picture, hide, ink }; see mask_pad.py.

const SIZE = 448; // canvas pixels along the longer side, about
const BRUSH = 0.08; // radius of Hide and Show, as a share of the longer side
const PEN = 1.2; // radius of Draw in the picture's pixels: MNIST's strokes are about as bold
const MARGIN = 1.6; // to the left and right of a stroke, how far it is observed that there is paper
const INK_BOX = 20 / 28; // longest side of MNIST's digits
const [HATCH, LINES] = ["#b9c0d2", "#7c86a3"];

export function mount({ element, props, trigger, watch }) {
  const canvas = element.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const native = document.createElement("canvas"); // one canvas pixel for each of the picture's
  const context = native.getContext("2d", { willReadFrequently: true });
  let given = null; // what the server gave last
  let now = null; // { data: RGBA, seen: 1 where a pixel is observed, else 0 }
  let before = []; // the same, at the start of each stroke
  let tool = "hide";
  let stroke = null; // the pointer that makes one: { id, at, moved: whether it has }
  let unsaid = false; // whether the server is still to be told

  // --- painting ------------------------------------------------------------------------------------
  function draw() {
    const { width, height } = native;
    const scale = Math.floor(SIZE / Math.max(width, height));
    Object.assign(canvas, { width: width * scale, height: height * scale });
    context.putImageData(new ImageData(now.data.slice(), width, height), 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(native, 0, 0, canvas.width, canvas.height);
    pen.fillStyle = hatch(pen);
    now.seen.forEach((seen, i) => {
      if (!seen) pen.fillRect((i % width) * scale, Math.floor(i / width) * scale, scale, scale);
    });
    if (given.ink) frame(scale);
    const count = now.seen.reduce((sum, seen) => sum + seen, 0);
    element.querySelector("[role=status]").textContent = `${count} of ${now.seen.length} pixels are observed.`;
  }

  function frame(scale) { // which a digit fills
    const side = Math.round(INK_BOX * Math.min(native.width, native.height)) * scale;
    Object.assign(pen, { strokeStyle: "#4a5470", lineWidth: 1 });
    pen.setLineDash([4, 6]);
    pen.strokeRect((canvas.width - side) / 2, (canvas.height - side) / 2, side, side);
    pen.setLineDash([]);
  }

  // --- strokes -------------------------------------------------------------------------------------
  const brush = () => BRUSH * Math.max(native.width, native.height);
  const tools = { // how far each reaches, and what it does to a pixel at a distance, maybe beside the line
    hide: { reach: brush, touch: (i) => { now.seen[i] = 0; } },
    show: { reach: brush, touch: (i) => { now.seen[i] = 1; } },
    erase: { reach: () => 2 * PEN, touch: (i) => set(i, 0) },
    draw: {
      reach: () => PEN + MARGIN,
      touch: (i, distance, beside) => {
        const ink = 255 * Math.min(Math.max(PEN + 0.5 - distance, 0), 1);
        // Beyond the ends there may be more: they stay hidden. Paper there would say that it ends.
        if (beside || ink === 255) set(i, Math.max(ink, now.seen[i] ? now.data[4 * i] : 0));
      },
    },
  };

  function set(i, level) {
    now.data.set([level, level, level], 4 * i);
    now.seen[i] = 1;
  }

  function sweep(from, to, dot = false) { // the tool along a line, or on a dot that is all there is
    const { reach, touch } = tools[tool];
    const most = reach();
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    for (let i = 0; i < now.seen.length; i++) {
      const [x, y] = [(i % native.width) + 0.5 - from[0], Math.floor(i / native.width) + 0.5 - from[1]];
      const along = (x * dx + y * dy) / (dx * dx + dy * dy);
      const nearest = Math.min(Math.max(along || 0, 0), 1);
      const distance = Math.hypot(x - nearest * dx, y - nearest * dy);
      if (distance <= most) touch(i, distance, dot || along === nearest);
    }
  }

  const place = (event) => [
    event.offsetX / canvas.clientWidth * native.width, event.offsetY / canvas.clientHeight * native.height];
  const begin = () => before.push({ data: now.data.slice(), seen: now.seen.slice() });

  canvas.addEventListener("pointerdown", (event) => {
    if (stroke || !now || event.button !== 0) return; // a second finger, or another button of the mouse
    canvas.setPointerCapture(event.pointerId);
    begin();
    stroke = { id: event.pointerId, at: place(event) };
    sweep(stroke.at, stroke.at);
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== stroke?.id) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) {
      const to = place(part);
      sweep(stroke.at, to);
      stroke.moved ||= Math.hypot(to[0] - stroke.at[0], to[1] - stroke.at[1]) > 0;
      stroke.at = to;
    }
    draw();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerId !== stroke?.id) return;
      if (!stroke.moved) {
        sweep(stroke.at, stroke.at, true);
        draw();
      }
      stroke = null;
      publish();
    });
  }

  // --- buttons -------------------------------------------------------------------------------------
  function cover(what) {
    const { width, height } = native;
    const hides = {
      lower: (i) => i >= Math.ceil(height / 2) * width,
      right: (i) => i % width >= Math.ceil(width / 2),
      all: () => true,
      none: () => false,
    }[what];
    now.seen = now.seen.map((seen, i) => (hides(i) ? 0 : what === "none" ? 1 : seen));
  }

  function pick(name) {
    tool = name;
    for (const button of element.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === name));
    }
  }

  element.addEventListener("click", ({ target }) => {
    const { tool: name, cover: what, undo } = target.dataset ?? {};
    if (name) pick(name);
    if (!now || stroke || (!what && undo === undefined)) return;
    if (what) {
      begin();
      cover(what);
    } else if (before.length) now = before.pop();
    else return;
    draw();
    publish();
  });

  // --- to and from the server ----------------------------------------------------------------------
  function publish() {
    unsaid = !canvas.clientWidth; // on a tab that is not open, nobody waits for an answer
    if (unsaid) return;
    const mask = Uint8ClampedArray.from(now.data, (_, i) => (i % 4 === 3 || now.seen[i >> 2] ? 255 : 0));
    props.value = { ...given, picture: url(now.data), mask: url(mask), strokes: before.length };
    trigger("input");
  }

  function url(data) {
    context.putImageData(new ImageData(data.slice(), native.width, native.height), 0, 0);
    return native.toDataURL();
  }

  async function take() {
    if (!props.value || props.value.mask) return; // its own
    given = props.value;
    const mine = given;
    const image = new Image();
    image.src = given.picture;
    await image.decode();
    if (given !== mine) return; // another was given meanwhile
    Object.assign(native, { width: image.naturalWidth, height: image.naturalHeight });
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, native.width, native.height);
    now = { data, seen: new Uint8Array(data.length / 4).fill(1) };
    [before, stroke] = [[], null];
    cover(given.hide);
    for (const name of ["draw", "erase"]) element.querySelector(`[data-tool=${name}]`).hidden = !given.ink;
    pick(given.ink && given.hide === "all" ? "draw" : "hide");
    canvas.setAttribute("aria-label", `${props.label}: hidden pixels are hatched`);
    draw();
    publish();
  }

  watch("value", take);
  new ResizeObserver(() => { if (unsaid) publish(); }).observe(canvas); // when its tab opens
  take();
}

function hatch(pen) {
  const tile = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const line = tile.getContext("2d");
  Object.assign(line, { fillStyle: HATCH, strokeStyle: LINES, lineWidth: 2 });
  line.fillRect(0, 0, 8, 8);
  for (const x of [-8, 0, 8]) {
    line.beginPath();
    line.moveTo(x, 8);
    line.lineTo(x + 8, 0);
    line.stroke();
  }
  return pen.createPattern(tile, "repeat");
}
