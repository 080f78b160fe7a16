// Reconstruct: a picture becomes a code, and a picture again.

import { difference } from "../core/difference.js";
import { encodingsOf } from "../core/encodings.js";
import { nearest } from "../core/neighbours.js";
import { random } from "../core/random.js";
import { shown } from "../numbers.js";
import { histogram } from "../parts/charts.js";
import { mountExamples } from "../parts/examples.js";
import { mountFold } from "../parts/fold.js";
import { mountMap } from "../parts/latent-map.js";
import { mountNeighbours } from "../parts/neighbours.js";
import { mountPictureInput } from "../parts/picture-input.js";
import { picture } from "../parts/pictures.js";
import { lab } from "../store.js";
import { named, words } from "../words/index.js";

const say = words.reconstruct;
const SAMPLES = 4, AROUND = 20; // test images, of which the classes are told

/** @param {HTMLElement} element */
export function mount(element) {
  element.classList.add("reconstruct");
  element.innerHTML = `
    <p class="lead"></p>
    <div class="stage">
      <section class="given" aria-label="${say.given}"><div class="input"></div></section>
      <section class="where" aria-label="${say.where}"><div class="map"></div></section>
      <section class="again" aria-label="${say.again}">
        <div class="pictures three"></div><p class="code" data-testid="place"></p>
        <p class="doubt" role="status" data-testid="doubt" hidden></p>
        <p class="row"><a class="button download" href="#" download="reconstruction.png">${say.download}</a></p>
        <div class="nearby"><h2>${say.nearby}</h2><div class="around"></div><p class="small" data-testid="neighbours"></p></div>
      </section>
    </div>
    <div class="tries"></div>
    <details class="sure"><summary>${say.sure}</summary><div class="columns">
      <div><div class="closeup"></div></div><div><p class="note key"></p><div class="samples"></div></div></div></details>
    <details class="numbers"><summary>${say.numbers}</summary><div data-testid="numbers"></div></details>
    <details class="unusual"><summary>${say.unusual}</summary><div data-testid="strangeness"></div></details>
    <details class="bayes"><summary>${say.bayes}</summary><p class="progress" hidden><progress max="1"></progress> ${say.preparing}</p><div data-testid="bayes"></div></details>
    <details class="hidden-part"><summary>${say.hidden}</summary></details>`;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (element.querySelector(selector));
  mountPictureInput(find(".input"), lab);
  mountMap(find(".where .map"), { label: say.where, posterior: true });
  mountMap(find(".closeup"), { label: say.closeup, posterior: true, closeup: true });

  const figures = [picture(say.seen), picture(say.reconstruction), picture(say.difference(true))];
  ["seen", "reconstruction", "difference"].forEach((name, k) => { figures[k].dataset.testid = name; });
  find(".again .pictures").append(...figures);
  const neighbours = mountNeighbours(find(".around"));

  const link = /** @type {HTMLAnchorElement} */ (find(".download"));
  link.onclick = () => { link.href = figures[1].querySelector("canvas").toDataURL("image/png"); };

  function showSeen() { // with every move of the pen
    const { seen, net, model } = lab;
    const shape = model.shape;
    find("[data-testid=doubt]").hidden = !seen?.doubt;
    if (!seen || !net) {
      for (const figure of figures) figure.show(null, shape);
      if (net && !lab.blank && !net.canEncode) { // the encoder is on its way: meanwhile what stands at the current code
        figures[1].show(lab.decode(lab.z[0], lab.z[1]), shape);
        figures[1].say(say.meanwhile(shown(lab.z)));
      }
      find(".code").textContent = "";
      for (const name of ["numbers", "strangeness", "bayes"]) find(`[data-testid=${name}]`).replaceChildren();
      neighbours.clear(shape);
      find("[data-testid=neighbours]").textContent = lab.picture ? "" : say.nothing;
      find(".samples").replaceChildren();
      return;
    }
    const painted = net.decode(seen.mean[0], seen.mean[1], seen.label);
    figures[0].show(seen.image, shape);
    figures[1].show(painted, shape);
    figures[1].say(say.reconstruction);
    figures[2].show(difference(seen.image, painted, shape), [3, shape[1], shape[2]]);
    find(".code").textContent = say.code(shown(seen.mean), named(seen.label));
    find("[data-testid=doubt]").textContent = seen.doubt ? words.pictures.doubts[seen.doubt] : "";
    element.classList.add("stale"); // what follows below is of an older picture until it is measured
  }

  async function showMeasured() { // once the hand rests
    const { seen, measured, net } = lab;
    const points = await encodingsOf(net);
    if (seen !== lab.seen || !measured) return;
    element.classList.remove("stale");
    find("[data-testid=numbers]").innerHTML = table(seen, measured, points);
    find(".key").textContent = seen.std ? say.legend : say.noGuess;
    showSamples(seen, net);
    const near = nearest(points, seen.mean, AROUND), { classes } = net;
    neighbours.show(net, points, seen.mean);
    const counts = classes.map((name, k) => ({ name, n: near.filter(({ index }) => points.label[index] === k).length }));
    const most = counts.reduce((a, b) => (b.n > a.n ? b : a), { name: "", n: 0 });
    find("[data-testid=neighbours]").textContent = net.conditional ? say.style : say.around(near[0].distance, named(most.name), most.n, near.length);
  }

  function showSamples({ mean, std, label }, net) {
    if (!std) { find(".samples").replaceChildren(say.noSamples); return; }
    const chance = random(1);
    const grid = Object.assign(document.createElement("div"), { className: "pictures four" });
    for (let k = 0; k < SAMPLES; k++) {
      const z = mean.map((m, axis) => m + std[axis] * chance.normal());
      const figure = picture(shown(z));
      figure.show(net.decode(z[0], z[1], label), net.shape);
      grid.append(figure);
    }
    find(".samples").replaceChildren(say.samples, grid);
  }

  const row = ([name, value, unit, meaning]) => `<tr><th scope="row">${name}</th><td>${value}</td><td>${unit}</td><td>${meaning}</td></tr>`;
  const rows = (lines) => `<table><thead><tr>${say.columns.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead><tbody>${lines.map(row).join("")}</tbody></table>`;

  function table({ mean, std }, { rate, distortion, elbo }, points) {
    const { conditional, gaussian } = lab.model;
    const scores = points.distortion && Array.from(points.distortion, (value, i) => value + (std ? points.rate[i] : 0));
    const average = scores && scores.reduce((a, b) => a + b, 0) / scores.length;
    return rows(say.figures({ mean, std, rate, distortion, elbo, average, conditional }))
      + (std ? "" : `<p class="note">${say.noPosterior}</p>`) + (gaussian ? `<p class="note">${say.density}</p>` : "");
  }

  async function showPosterior() {
    const { seen, posterior, measured, net, model } = lab;
    if (!posterior) return;
    const box = find("[data-testid=bayes]");
    const grid = Object.assign(document.createElement("div"), { className: "pictures four" });
    for (const { z, mass } of posterior.modes) {
      const figure = picture(say.mode(mass, shown(z)));
      figure.dataset.testid = "mode";
      figure.show(net.decode(z[0], z[1], seen.label), net.shape);
      grid.append(figure);
    }
    const verdict = Object.assign(document.createElement("p"), { textContent: say.verdict(posterior.modes.length, posterior.near) });
    verdict.dataset.testid = "verdict";
    const numbers = document.createElement("div");
    numbers.innerHTML = rows(say.exact({ logProb: posterior.logProb, elbo: measured?.elbo ?? null, gap: posterior.klQP, conditional: model.conditional }));
    box.replaceChildren(verdict, grid, numbers);
    const points = await encodingsOf(net);
    if (lab.posterior !== posterior || !points.log_prob) return;
    const sentence = say.strange(posterior.percentile, Boolean(seen.doubt), model.conditional);
    find("[data-testid=strangeness]").innerHTML = `<p><strong>${sentence.verdict}</strong> ${sentence.place}</p>`
      + histogram(points.log_prob, posterior.logProb, { words: sentence.chart, title: say.histogram, x: sentence.axis, y: say.images });
  }

  function showAll() {
    if (!lab.model) return;
    const ink = lab.model.preparation === "ink";
    if (find(".lead").dataset.ink !== String(ink)) {
      find(".lead").dataset.ink = String(ink);
      find(".lead").textContent = say.lead(ink);
    }
    figures[2].say(say.difference(ink));
    showSeen();
    if (lab.measured) showMeasured();
    if (lab.posterior) showPosterior();
  }

  lab.listen(element, (what) => {
    if (what === "seen") showSeen();
    if (what === "measured") showMeasured();
    if (what === "posterior") showPosterior();
    if (what === "model") showAll();
    if (what === "preparing") {
      find(".progress").hidden = lab.preparing === 1;
      /** @type {HTMLProgressElement} */ (find("progress")).value = lab.preparing;
    }
  });
  mountExamples(find(".tries"), lab);
  mountFold(/** @type {any} */ (find(".hidden-part")), "complete", () => import("./complete.js"));
  showAll();
}
