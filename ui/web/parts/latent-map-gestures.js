// Pointer, wheel and keyboard on a map. Hovering decodes; a click sets the code; its handle can be dragged; the wheel or two fingers
// zoom; dragging elsewhere pans or selects; a double click resets.

import { placeOn } from "./pointer.js";

const GRIP = { mouse: 14, pen: 18, touch: 28 }; // how near a handle the pointer must be, in CSS pixels
const KEY_STEP = 0.05; // with Shift ten times as much
const KEY_RADIUS = 0.3; // of what the key S selects
const TAP = 3; // pixels within which a press is a click

export function listenToHands(map, { preview, select }) {
  const { marks, options } = map, { ends } = options;
  const pointers = new Map(); // those pressed: id -> [x, y]
  let tool = "move";
  let grabbed = -1; // the handle in the pointer's grip
  let moved = false;

  const distance = (z, x, y) => Math.hypot(map.sheets.marks.x(z[0]) - x, map.sheets.marks.y(z[1]) - y);
  const closest = ([x, y]) => {
    const away = map.handles().map((z) => distance(z, x, y));
    const least = Math.min(...away);
    return { which: away.indexOf(least), away: least };
  };
  function handleAt(place, kind) {
    const { which, away } = closest(place);
    return !map.handsOff && away <= GRIP[kind] ? which : -1;
  }

  marks.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const here = placeOn(event, marks);
    marks.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, here);
    if (pointers.size > 1) { map.outline = null; grabbed = -1; return; }
    moved = false;
    grabbed = handleAt(here, event.pointerType);
    if (grabbed < 0 && tool !== "move") map.outline = [map.toZ(here[0], here[1])];
  });

  marks.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    const now = placeOn(event, marks);
    if (!last) {
      marks.classList.toggle("grab", handleAt(now, event.pointerType) >= 0);
      preview.pointAt(map.toZ(now[0], now[1]));
      return;
    }
    if (!moved && Math.hypot(now[0] - last[0], now[1] - last[1]) < TAP) return;
    moved = true;
    map.cursor = null;
    const others = [...pointers].filter(([id]) => id !== event.pointerId);
    if (grabbed >= 0) {
      preview.hide();
      map.move(grabbed, map.toZ(now[0], now[1]));
      preview.announceSoon(map.handles()[grabbed]);
    } else if (others.length) {
      const [, other] = others[0];
      const spread = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      map.zoom(spread(now) / Math.max(spread(last), 1), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    } else if (map.outline) {
      const [start, end] = [map.outline[0], map.toZ(now[0], now[1])];
      map.outline = tool === "lasso" ? [...map.outline, end] : [start, [end[0], start[1]], end, [start[0], end[1]]];
      map.draw("marks");
    } else {
      preview.leave();
      const { x, y, span } = map.view;
      map.look({ x: x - ((now[0] - last[0]) / map.size()) * span, y: y + ((now[1] - last[1]) / map.size()) * span });
    }
    pointers.set(event.pointerId, now);
  });

  marks.addEventListener("pointerup", (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size) return; // pressed elsewhere; or one of two
    if (moved) {
      if (map.outline?.length > 2) select.inside(map.outline);
    } else if (grabbed < 0) {
      preview.pointAt(map.toZ(...placeOn(event, marks)));
      if (!map.handsOff) map.move(closest(placeOn(event, marks)).which, map.cursor.z);
    }
    if (grabbed >= 0) map.fit();
    grabbed = -1;
    map.outline = null;
    map.draw("marks");
  });
  marks.addEventListener("pointercancel", (event) => {
    pointers.delete(event.pointerId);
    grabbed = -1;
    map.outline = null;
  });
  marks.addEventListener("pointerleave", () => { if (!pointers.size) preview.leave(); });
  marks.addEventListener("blur", () => preview.leave());
  marks.addEventListener("dblclick", map.reset);
  marks.addEventListener("touchstart", (event) => { // else one finger scrolls the page
    const holds = handleAt(placeOn(event.touches[0], marks), "touch") >= 0;
    if (holds || tool !== "move" || event.touches.length > 1) event.preventDefault();
  }, { passive: false });
  marks.addEventListener("wheel", (event) => {
    event.preventDefault();
    map.zoom(Math.exp(-event.deltaY / 400), ...placeOn(event, marks));
  }, { passive: false });

  marks.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 10 * KEY_STEP : KEY_STEP;
    const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
    const held = ends ? map.lab.held : 0;
    if (way && !map.handsOff) {
      map.move(held, map.handles()[held].map((value, axis) => Number((value + way[axis]).toFixed(4))));
      preview.announceSoon(map.handles()[held]);
    } else if (ends && "abAB".includes(event.key)) map.lab.held = "ab".indexOf(event.key.toLowerCase());
    else if (event.key === "+" || event.key === "=") map.zoom(1.5);
    else if (event.key === "-") map.zoom(1 / 1.5);
    else if (event.key === "0") map.reset();
    else if (options.tools && event.key.toLowerCase() === "s") select.within(map.lab.z, KEY_RADIUS);
    else return;
    event.preventDefault();
  });

  for (const button of map.element.querySelectorAll("[data-zoom]")) {
    button.onclick = () => (Number(button.dataset.zoom) ? map.zoom(Number(button.dataset.zoom)) : map.reset());
  }
  const tools = [...map.element.querySelectorAll("[data-tool]")];
  for (const button of tools) {
    button.onclick = () => {
      tool = button.dataset.tool;
      for (const other of tools) other.setAttribute("aria-pressed", String(other === button));
    };
  }
}
