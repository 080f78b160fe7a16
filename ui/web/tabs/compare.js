// Compare: two models at the same code, on the same path, with the same picture.

import { cardOf, figures, reasons, whyNot } from "../core/cards.js";
import { encodingsOf } from "../core/encodings.js";
import { paint } from "../core/model.js";
import { typicalCodes } from "../core/neighbours.js";
import { decodeTiles } from "../core/tiles.js";
import { number, shown } from "../numbers.js";
import { mountMap } from "../parts/latent-map.js";
import { describe, picture } from "../parts/pictures.js";
import { rateDistortion } from "../parts/rate-distortion.js";
import { lab, other } from "../store.js";
import { named, words } from "../words/index.js";

const say = words.compare;
const RIVALS = ["mnist-ae", "mnist-beta1", "mnist-vae"]; // beside the model in use, the first other one of its data: the plain autoencoder says most

/** @param {HTMLElement} element */
export function mount(element) {
  element.classList.add("compare");
  element.innerHTML = `
    <p class="lead">${say.lead}</p>
    <p class="row"><label>${say.beside} <select data-testid="rival"></select></label> <span class="place small"></span> <span class="alone note" role="status"></span></p>
    <div class="both">
      <div><div class="switch" role="group" aria-label="${say.which}">${'<button type="button"><canvas></canvas><span></span></button>'.repeat(2)}</div>
      <div class="columns">${["a", "b"].map((one) => `<div><h2><canvas></canvas><span class="name-${one}"></span></h2><div class="map-${one}"></div></div>`).join("")}</div></div>
      <h2>${say.path}</h2>
      <div class="scroll"><table class="pair"><tbody>${'<tr><th scope="row"></th><td><canvas class="strip-canvas"></canvas></td></tr>'.repeat(2)}</tbody></table></div>
      <p class="small">${say.pathNote}</p>
      <h2>${say.yours}</h2><div class="pictures four same" data-testid="same"></div><p class="none small"></p>
      <h2>${say.figures}</h2><p class="why"></p><div class="scroll" data-testid="figures"></div><p class="small">${say.marked}</p>
    </div>
    <h2>${say.all}</h2><div class="plot"></div><p class="small">${say.plot}</p>`;
  const find = (/** @type {string} */ selector) => /** @type {any} */ (element.querySelector(selector));
  const rival = find("select");
  mountMap(find(".map-a"), { label: say.mapOf(say.first), line: true });
  mountMap(find(".map-b"), { label: say.mapOf(say.second), line: true, store: other });
  const columns = [...find(".columns").children], buttons = /** @type {HTMLButtonElement[]} */ ([...element.querySelectorAll(".switch button")]);
  const rows = [...element.querySelectorAll(".pair tr")].map((row, k) => ({
    store: [lab, other][k], strip: row.querySelector("canvas"), names: [row.querySelector("th"), columns[k].querySelector("span"), buttons[k].querySelector("span")],
    canvases: [columns[k].querySelector("canvas"), buttons[k].querySelector("canvas")],
  }));
  const turnTo = (/** @type {number} */ which) => buttons.forEach((button, k) => {
    button.ariaPressed = String(k === which);
    columns[k].classList.toggle("away", k !== which);
  });
  buttons.forEach((button, k) => { button.onclick = () => turnTo(k); });
  turnTo(0);
  const seen = [picture(), picture()], again = [picture(), picture()];
  find(".same").append(seen[0], again[0], seen[1], again[1]);
  let turn = 0; // of the strips that are wanted

  const others = () => Object.values(lab.descriptions).filter((one) => !one.problem && one.dataset === lab.model.dataset && one !== lab.model);

  function offer() { // of another model, those of the same data
    if (!lab.model || lab.model.problem) return;
    const names = others().map(({ name }) => name), before = rival.value;
    rival.replaceChildren(...names.map((name) => new Option(name)));
    rival.value = [before, ...RIVALS, names[0]].find((name) => names.includes(name)) ?? "";
    find(".both").hidden = find(".place").hidden = rival.parentElement.hidden = !names.length;
    find(".alone").textContent = names.length ? "" : say.alone(lab.model.name);
    choose();
  }

  function choose() {
    const description = lab.descriptions[rival.value];
    if (!element.clientWidth || !lab.model || lab.model.problem) return;
    chart();
    if (!description) return; // another model is 3 MB that most do not need
    other.use(description, lab.label ?? undefined);
    if (other.picture !== lab.picture && lab.picture) other.take(lab.picture);
    compareCards();
  }
  rival.onchange = choose;

  async function compareCards() {
    const [a, b] = [lab.model, lab.descriptions[rival.value]];
    if (!a || !b) return;
    find(".why").textContent = reasons(a, b).map((reason) => say.reasons[reason]).join(" ");
    const cards = await Promise.all([cardOf(a), cardOf(b)]).catch(() => [{}, {}]);
    if (a !== lab.model || b !== lab.descriptions[rival.value]) return;
    const cell = (/** @type {number | null} */ value, /** @type {string} */ unit, /** @type {boolean} */ better) =>
      `<td>${value === null ? "—" : number(value, unit === "nats" ? 1 : 4)}${better ? ` <strong>${say.better}</strong>` : ""}</td>`;
    find("[data-testid=figures]").innerHTML = `<table><thead><tr>${say.columns(a.name, b.name).map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead><tbody>`
      + figures(cards[0], cards[1], !whyNot(a, b)).map(({ key, unit, a: first, b: second, better }) =>
        `<tr><th scope="row">${say.measures[key][0]}</th>${cell(first, unit, better === "a")}${cell(second, unit, better === "b")}<td>${say.units[unit]}</td><td>${say.measures[key][1]}</td></tr>`).join("") + "</tbody></table>";
  }

  async function chart() {
    const { model } = lab, points = [];
    for (const one of Object.values(lab.descriptions).filter(({ problem, dataset }) => !problem && dataset === model.dataset)) {
      const card = await cardOf(one).catch(() => ({}));
      if (card.distortion !== undefined) points.push({ name: one.name, rate: card.rate, distortion: card.distortion });
    }
    if (model === lab.model) find(".plot").innerHTML = points.length ? rateDistortion(points, [model.name, rival.value]) : "";
  }

  function pictures() {
    find(".place").textContent = say.at(shown(lab.z));
    for (const { store: { net, model, label }, canvases, names } of rows) {
      for (const name of names) name.textContent = model?.name ?? "";
      if (!net) continue;
      const painted = net.decode(lab.z[0], lab.z[1], label);
      for (const canvas of canvases) {
        describe(canvas, say.decodedBy(model.name, shown(lab.z), named(label)));
        paint(canvas, painted, net.shape);
      }
    }
  }

  async function strips() {
    const mine = ++turn;
    if (!lab.ends) return;
    for (const { store: { net, model, label }, strip } of rows) {
      if (!net) continue;
      describe(strip, say.stripBy(model.name, lab.steps, shown(lab.ends[0]), shown(lab.ends[1])));
      if (!await decodeTiles(strip, net, lab.path(), lab.steps, label, () => mine === turn && element.isConnected)) return;
    }
  }

  function same() { // the picture of the tab Reconstruct as each sees it, and as it paints it again
    find(".none").textContent = lab.picture ? "" : say.noPicture;
    for (const [k, { store: { net, model, seen: q, measured, blank } }] of rows.entries()) {
      seen[k].hidden = again[k].hidden = !lab.picture || !model;
      if (!net || seen[k].hidden) continue;
      seen[k].show(q?.image ?? null, net.shape);
      seen[k].say(q ? say.seenBy(model.name) : blank instanceof Error ? "" : words.pictures[blank] ?? "");
      again[k].show(q ? net.decode(q.mean[0], q.mean[1], q.label) : null, net.shape);
      again[k].say(q ? say.paintedBy(model.name, named(q.label), measured) : "");
    }
  }

  async function ends() { // where the path starts, if no other tab said so
    const { model } = lab;
    if (!model || model.problem || lab.ends) return;
    const typical = typicalCodes(await encodingsOf(model), model.classes);
    if (model !== lab.model || lab.ends) return;
    lab.setPath(typical.length > 1 ? [typical[0].z, typical[1].z] : [[-1, 0], [1, 0]]);
  }

  lab.listen(element, (what) => {
    if (what === "models") offer();
    if (what === "model") { offer(); ends(); }
    if (what === "z" || what === "model") pictures();
    if (what === "path" || what === "model") strips();
    if (what === "picture" && element.clientWidth && other.net) other.take(lab.picture);
    if (what === "seen" || what === "measured" || what === "model") same();
  });
  other.listen(element, (what) => {
    if (what === "model") { pictures(); strips(); }
    if (what === "seen" || what === "measured" || what === "model") same();
  });
  new ResizeObserver(choose).observe(element); // when its tab opens
  offer();
  ends();
  pictures();
  strips();
  same();
}
