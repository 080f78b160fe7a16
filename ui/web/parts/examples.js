// Pictures to try, under the pad: strokes for models that read ink, and real test images where some may be shipped; for others what the model
// itself paints at codes of its test set.

import { encodingsOf } from "../core/encodings.js";
import { spreadCodes, typicalCodes } from "../core/neighbours.js";
import { SIDE, drawPage, pixelsOf } from "../core/page.js";
import { paint } from "../core/model.js";
import { named, words } from "../words/index.js";
import { realImages } from "./real-images.js";

const say = words.examples;
const MOST = 6;
const REAL = [4, 6, 9, 1]; // classes of the real digits beside the drawn ones
const ORDER = 2; // of the three, among the keys of DIGITS, which count upwards

const arc = (x, y, rx, ry, from, to) => Array.from({ length: 25 }, (_, k) => {
  const angle = ((from + ((to - from) * k) / 24) * Math.PI) / 180;
  return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
});
/** Digits as strokes on the pad. */
const DIGITS = {
  3: [[...arc(132, 92, 46, 40, -150, 90), ...arc(134, 184, 54, 52, -90, 150)]],
  7: [[[84, 62], [198, 62], [166, 134], [128, 230]]],
  2: [[...arc(138, 102, 52, 48, 190, 380), [150, 168], [88, 222], [204, 222]]],
  5: [[[194, 58], [112, 58], [104, 126], ...arc(136, 174, 58, 54, -130, 140)]],
  0: [arc(140, 140, 56, 84, -90, 275)],
  8: [[...arc(140, 98, 40, 38, -60, -90), ...arc(140, 98, 40, 40, -90, -270), ...arc(140, 186, 50, 48, -90, 270), ...arc(140, 98, 40, 40, 90, -60)]],
};

/** @param {HTMLElement} element
 * @param {import("../store.js").Store} lab whose picture a press sets */
export function mountExamples(element, lab) {
  element.innerHTML = `<p class="small"></p><div class="examples" role="group" aria-label="${say.label}"></div>`;
  const [note, row] = /** @type {HTMLElement[]} */ ([...element.children]);
  let of = null;

  async function offer() {
    const { net } = lab;
    if (!net || net === of) return;
    of = net;
    const drawn = net.preparation === "ink" ? digits() : [];
    const { licence, images } = await realImages(net.dataset).catch(() => ({ licence: "", images: [] }));
    const chosen = drawn.length ? real(net, images, REAL) : real(net, images, [...net.classes.keys()].slice(0, MOST));
    const found = (drawn.length + chosen.length ? [...drawn, ...chosen] : await painted(net)).map((one, example) => ({ ...one, example }));
    if (net !== lab.net) return;
    note.textContent = chosen.length ? (drawn.length ? say.both : say.real)(licence) : drawn.length ? say.drawn : say.painted;
    row.replaceChildren(...found.map((picture) => {
      const button = Object.assign(document.createElement("button"), { type: "button", onclick: () => lab.take(picture) });
      const canvas = document.createElement("canvas");
      canvas.setAttribute("aria-hidden", "true");
      if (picture.strokes) {
        Object.assign(canvas, { width: SIDE, height: SIDE, className: "drawn" });
        drawPage(canvas.getContext("2d"), picture.strokes);
      } else paint(canvas, picture.image, picture.shape);
      button.append(canvas, picture.name);
      return Object.assign(button, { picture });
    }));
    mark();
    if (lab.picture && offered(lab.picture, net)) return;
    const { strokes, example } = lab.asked;
    Object.assign(lab.asked, { strokes: null, example: null });
    lab.take(strokes ? { kind: "drawing", strokes, pixels: pixelsOf(strokes) } : found[example] ?? found[0]);
  }

  function mark() { // the one that is on the pad
    for (const button of /** @type {any} */ (row.children)) button.ariaPressed = String(button.picture.example === lab.picture?.example);
  }

  lab.listen(element, (what) => {
    if (what === "model") offer();
    if (what === "picture") mark();
  });
  offer();
}

/** Whether a picture is one for this model too: what another painted is not, nor a digit for one of shoes.
 * @param {Picture} picture
 * @param {import("../core/model.js").Model} net */
const offered = ({ kind, of }, net) => (kind === "example" ? net.preparation === "ink" : of === undefined || of === net.dataset || of === net.name);

/** The typical image of each class, of those that may be shown.
 * @returns {Picture[]} */
function real(net, images, classes) {
  const typical = classes.map((k) => images.find(({ label }) => label === k)).filter(Boolean);
  return typical.map(({ label, image }) => ({ kind: "prepared", of: net.dataset, name: say.realOne(named(net.classes[label])), shape: net.shape, image }));
}

/** @returns {Picture[]} */
function digits() {
  const found = Object.entries(DIGITS).map(([name, strokes]) => /** @type {Picture} */ (
    { kind: "example", name: say.digit(name), strokes, pixels: pixelsOf(strokes) }));
  return [...found.splice(ORDER, 1), ...found]; // the three first: half-closed, its posterior splits in two
}

/** @returns {Promise<Picture[]>} one of each class, or of places far apart */
async function painted(net) {
  const points = await encodingsOf(net);
  const typical = typicalCodes(points, net.classes).slice(0, MOST);
  const places = typical.length > 1 ? typical
    : spreadCodes(points, MOST).map((z, k) => ({ name: say.picture(k + 1), z, label: 0 }));
  return places.map(({ name, z }) => ({
    kind: "prepared", of: net.name, name: named(name), shape: net.shape,
    image: Float32Array.from(net.decode(z[0], z[1], net.conditional ? name : null)),
  }));
}
