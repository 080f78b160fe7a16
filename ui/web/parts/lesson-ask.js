// A stop's question, to be answered before the truth can be seen: by a tap on the map, two widths, an order, a choice, or a drawing.

import { paint } from "../core/model.js";
import { Store } from "../store.js";
import { words } from "../words/index.js";
import { mountDrawPad } from "./draw-pad.js";
import { HOME } from "./latent-map-paint.js";
import { realImage } from "./real-images.js";
import { mountSketch } from "./sketch-map.js";

const say = words.lesson;
const WIDEST = 1; // standard deviation that can be expected

/** @typedef {{ stop: import("../lessons/stops.js").Stop, text: typeof say.stops[number], lab: import("../store.js").Store, give: (answer: any) => void }} Asked */

/** @param {HTMLElement} element
 * @param {Asked} asked */
export function mountAsk(element, asked) {
  const { kind } = asked.stop.ask;
  element.innerHTML = `<p class="question"><strong>${say.predict}:</strong> ${asked.text.question}</p><div class="form"></div>`;
  const form = /** @type {HTMLElement} */ (element.querySelector(".form"));
  KINDS[kind](form, asked);
}

function done(/** @type {HTMLElement} */ form, /** @type {() => void} */ press) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "primary", textContent: say.answer, onclick: press });
  form.append(button);
  return button;
}

/** @type {Record<string, (form: HTMLElement, asked: Asked) => void>} */
const KINDS = {
  tap(form, { lab, give }) {
    const box = form.appendChild(document.createElement("div"));
    mountSketch(box, { net: lab.net, label: say.sketch, onTap: give });
  },

  ellipse(form, { lab, give }) {
    const std = /** @type {Code} */ ([0.5, 0.5]);
    const box = form.appendChild(document.createElement("div"));
    const sliders = say.widths.map((name, axis) => {
      const label = Object.assign(document.createElement("label"), { className: "slider", textContent: name });
      const slider = Object.assign(document.createElement("input"), { type: "range", min: "0.01", max: String(WIDEST), step: "0.01", value: String(std[axis]) });
      slider.setAttribute("aria-label", name);
      const output = document.createElement("output");
      const tell = () => { std[axis] = Number(slider.value); output.textContent = std[axis].toFixed(2); sketch?.show({ there: lab.seen?.mean ?? [0, 0], std, yourStd: std }); };
      slider.oninput = tell;
      label.append(slider, output);
      return { label, tell };
    });
    const middle = lab.seen?.mean ?? [0, 0];
    const sketch = mountSketch(box, { net: lab.net, view: { ...HOME, x: middle[0], y: middle[1], span: 4 }, label: words.reconstruct.where });
    form.append(...sliders.map(({ label }) => label));
    sliders.forEach(({ tell }) => tell());
    lab.listen(form, (what) => { if (what === "seen") sliders[0].tell(); });
    done(form, () => give([...std]));
  },

  choose: choices,
  which: choices,

  order(form, { stop, give }) {
    const { items } = /** @type {{ items: string[] }} */ (stop.ask);
    const help = Object.assign(document.createElement("p"), { className: "small", textContent: say.orderHelp });
    const selects = items.map((item) => {
      const label = Object.assign(document.createElement("label"), { textContent: `${say.items[item]} ` });
      const select = label.appendChild(document.createElement("select"));
      select.setAttribute("aria-label", say.placeOf(say.items[item]));
      select.append(new Option("—", ""), ...items.map((_, k) => new Option(String(k + 1))));
      return { label, select };
    });
    const row = Object.assign(document.createElement("p"), { className: "row" });
    row.append(...selects.map(({ label }) => label));
    form.append(help, row);
    const button = done(form, () => give(items.map((_, place) => items[selects.findIndex(({ select }) => select.value === String(place + 1))])));
    const check = () => { button.disabled = new Set(selects.map(({ select }) => select.value).filter(Boolean)).size < items.length; };
    selects.forEach(({ select }) => { select.onchange = check; });
    check();
  },

  draw(form, { stop, lab, give }) { // on a pad of its own, whose upper part is what is seen of the image
    const mine = new Store();
    const half = form.appendChild(document.createElement("div"));
    half.className = "half";
    const [pad, seen] = [half.appendChild(document.createElement("div")), document.createElement("canvas")];
    mountDrawPad(pad, mine);
    pad.querySelector(".draw-pad").append(seen);
    seen.className = "seen";
    const [, , width] = lab.net.shape;
    seen.style.height = `${(100 * stop.rows) / width}%`;
    realImage(lab.model.dataset, stop.real).then((image) => paint(seen, image.slice(0, stop.rows * width).map((value) => 1 - value), [1, stop.rows, width]));
    form.prepend(Object.assign(document.createElement("p"), { className: "small", textContent: say.goOn }));
    done(form, () => give((mine.picture?.strokes ?? []).map((points) => points.map((at) => at.map(Math.round)))));
  },
};

function choices(/** @type {HTMLElement} */ form, /** @type {Asked} */ { text, give }) {
  const row = Object.assign(document.createElement("p"), { className: "row" });
  row.append(...text.options.map((option, k) => Object.assign(document.createElement("button"), { type: "button", textContent: option, onclick: () => give(k) })));
  form.append(row);
}
