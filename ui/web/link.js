// A link opens exactly this view: the language, the model, the class, the tab, the code, the path's ends, the picture (which example, or
// the strokes where a visitor wants them to be in it) and what is hidden of it.

import { SIDE } from "./core/page.js";
import { STOPS } from "./lessons/stops.js";
import { lab } from "./store.js";
import { FOLDS, TABS } from "./tabs/index.js";
import { now } from "./words/index.js";

const MOST_HIDDEN = 1200; // pixels of a picture whose mask goes into a link, in a bit each
const MOST_TEXT = 2000; // letters of a drawing
const APART = 4; // points of a stroke that are nearer say nothing of it

const list = (text, n) => {
  const numbers = (text ?? "").split(",").map(Number);
  return text && numbers.length === n && numbers.every(Number.isFinite) ? numbers : null;
};

// Bytes as text for an address (RFC 4648, section 5), and back; null of what is no such text.
const toText = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
function toBytes(text) {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch { return null; }
}

// A mask, a bit for each pixel: the last byte says how many bits of the one before are meant.
function maskToText(mask) {
  const bytes = new Uint8Array(Math.ceil(mask.length / 8) + 1);
  mask.forEach((known, i) => { bytes[i >> 3] |= known << (i & 7); });
  bytes[bytes.length - 1] = mask.length % 8;
  return toText(bytes);
}
function maskOf(text) {
  const bytes = toBytes(text ?? "");
  if (!bytes || bytes.length < 2 || bytes.at(-1) > 7) return null;
  const n = 8 * (bytes.length - 1) - ((8 - bytes.at(-1)) % 8);
  return n <= MOST_HIDDEN ? Uint8Array.from({ length: n }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1) : null;
}

// Strokes, a byte for each coordinate.
function strokesToText(strokes) {
  return strokes.map((points) => {
    const kept = points.filter((point, k) => {
      const before = points[k - 1];
      return k === 0 || k === points.length - 1 || k % 2 === 0 || Math.hypot(point[0] - before[0], point[1] - before[1]) > APART;
    });
    return toText(Uint8Array.from(kept.flat(), (at) => Math.round((255 * Math.min(Math.max(at, 0), SIDE)) / SIDE)));
  }).join(".");
}
function strokesOf(text) {
  if (!text || text.length > MOST_TEXT) return null;
  const strokes = text.split(".").map((stroke) => {
    const bytes = [...toBytes(stroke) ?? []];
    return Array.from({ length: bytes.length >> 1 }, (_, k) => [0, 1].map((axis) => (bytes[2 * k + axis] * SIDE) / 255));
  });
  return strokes.every((points) => points.length) ? strokes : null;
}

/** What the address names; what it names wrongly is left out. */
export function address() {
  const query = new URL(location.href).searchParams;
  const path = list(query.get("path"), 5), [stop] = list(query.get("lesson"), 1) ?? [];
  const lesson = Number.isInteger(stop) && stop >= 1 && stop <= STOPS.length ? stop : null;
  const tab = lesson === null ? query.get("tab") : "lesson";
  return {
    model: query.get("model"),
    label: query.get("class") ?? undefined,
    tab: tab in TABS ? tab : FOLDS[tab] ?? null,
    fold: tab in FOLDS ? tab : null,
    lesson,
    z: list(query.get("z"), 2),
    ends: path && [path.slice(0, 2), path.slice(2, 4)],
    second: /** @type {import("./store.js").Second} */ (["near", "shortest"].find((one) => one === query.get("second")) ?? "none"),
    steps: path ? Math.min(Math.max(Math.round(path[4]), 2), 100) : undefined,
    example: list(query.get("example"), 1)?.[0] ?? null,
    strokes: strokesOf(query.get("drawing")),
    mask: maskOf(query.get("mask")),
  };
}

const NAMES = ["lang", "model", "tab", "z", "class", "path", "second", "example", "drawing", "mask", "lesson"];

/** The query string of the view as it is now.
 * @param {{ drawing?: boolean }} [wanted] whether what was drawn goes along, if it is short enough */
export function query({ drawing = false } = {}) {
  const found = new URLSearchParams();
  found.set("lang", now.language);
  found.set("model", lab.model.name);
  if (lab.label !== null) found.set("class", lab.label);
  found.set("tab", FOLDS[lab.fold] === lab.tab ? lab.fold : lab.tab);
  if (lab.tab === "lesson") { // a stop sets up all else
    found.set("lesson", String(lab.lesson));
    return found.toString();
  }
  found.set("z", lab.z.join(","));
  if (lab.ends) found.set("path", [...lab.ends.flat(), lab.steps].join(","));
  if (lab.second !== "none") found.set("second", lab.second);
  const { picture, mask } = lab;
  if (picture?.example !== undefined) found.set("example", String(picture.example));
  const text = drawing && picture?.kind === "drawing" ? strokesToText(picture.strokes) : "";
  if (text && text.length <= MOST_TEXT) found.set("drawing", text);
  if (mask && mask.length <= MOST_HIDDEN && lab.fold === "complete") found.set("mask", maskToText(mask));
  return found.toString();
}

/** The address of the view as it is now, for people to send. In a Space the page is in a frame whose
 * address nobody sees: there it is the Space's, which the frame's referrer names.
 * @param {{ drawing?: boolean }} [wanted] as for `query` */
export function link(wanted) {
  const inFrame = window.parent !== window && document.referrer;
  const page = new URL(inFrame ? document.referrer : location.href);
  page.search = query(wanted);
  return page.href;
}

/** The address bar follows the view, once it rests. */
export function keepAddress() {
  lab.listen(document.documentElement, (what) => {
    if (!["rest", "tab", "fold", "lesson", "mask"].includes(what)) return;
    if (location.protocol === "about:") return; // in a notebook's cell, which has no address of its own
    const url = new URL(location.href), now = new URLSearchParams(query()), before = url.searchParams.get("tab");
    for (const name of NAMES) {
      if (now.has(name)) url.searchParams.set(name, now.get(name));
      else url.searchParams.delete(name);
    }
    const another = what === "tab" && before !== null && (FOLDS[before] ?? before) !== lab.tab;
    if (another) history.pushState(history.state, "", url); // Back goes to the last tab
    else history.replaceState(history.state, "", url);
    // As Hugging Face documents for Spaces: the page around the frame takes over the query string.
    if (window.parent !== window) window.parent.postMessage({ queryString: query() }, "*");
  });
  window.addEventListener("popstate", () => {
    const { tab } = address();
    if (tab && tab !== lab.tab) lab.set("tab", tab);
  });
}
