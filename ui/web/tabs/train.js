// Train: a VAE that learns while one watches, in the page's own worker.

import { Fault } from "../core/fault.js";
import { augmented, digits, imagined } from "../core/train/data.js";
import { DEFAULTS } from "../core/train/training.js";
import { loadModel } from "../core/model.js";
import { mountHostTraining, trainingAddress } from "../parts/host-training.js";
import { mountMine } from "../parts/mine.js";
import { course } from "../parts/train-course.js";
import { mountDrawings } from "../parts/train-drawings.js";
import { mountPictures } from "../parts/train-pictures.js";
import { mountPlane } from "../parts/train-plane.js";
import { mountRecipe } from "../parts/train-recipe.js";
import { mountSlow } from "../parts/train-slow.js";
import { lab } from "../store.js";
import { why, words } from "../words/index.js";

const say = words.train;
const IMAGINER = "mnist-cvae";
const SETS = ["digits", "imagined", "drawings", "pictures"];
const WIDE = 256; // of networks for pictures of more than
const MANY = 300; // pixels
const ENOUGH = 1000; // pictures: of fewer, copies are made
const FEWEST = 6;
const DRAWN = 200; // milliseconds between two drawings of the curves
const FIGURES = ["steps", "passes", "pace", "knn", "exact", "elbo"];
const own = { drawings: null, pictures: null }; // sets of the visitor's own
let source = "digits"; // of the pictures
let slider = 0; // log2 of β

/** @param {HTMLElement} element */
export function mount(element) {
  element.classList.add("train");
  element.innerHTML = `
    <p class="lead">${say.lead}</p>
    <div class="row bar">
      <label>${say.data} <select data-testid="train-data">${SETS.map((name) => `<option value="${name}">${say.sets[name]}</option>`).join("")}</select></label>
      <button type="button" class="primary go">${say.go}</button><button type="button" class="one">${say.one}</button><button type="button" class="again">${say.again}</button>
      <span class="small counts" role="status"></span>
    </div>
    <p class="problem doubt" role="alert"></p>
    <div class="own drawings" hidden></div><div class="own files" hidden></div>
    <div class="columns">
      <div class="plane"></div>
      <div class="course">
        <dl class="figures">${FIGURES.map((name) => `<div title="${say.figures[name] ?? ""}"><dt>${say[name]}</dt><dd data-figure="${name}">–</dd></div>`).join("")}</dl>
        <label class="slider">${say.beta} <input type="range" class="beta" min="-3" max="3" step="1" aria-label="${say.beta}"> <output></output></label>
        <p class="small">${say.betaNote}</p>
        <div class="curves"></div>
      </div>
    </div>
    <p class="row done"><span role="status"></span><button type="button" class="use" hidden>${say.useIt}</button></p>
    <p class="small about"></p>
    <details class="recipe"><summary>${say.recipe}</summary><div></div></details>
    <details class="slow"><summary>${say.slow}</summary><div></div></details>
    <details class="host" hidden><summary>${say.onHost}</summary><div></div></details>
    <details class="models"><summary>${say.mine}</summary><div></div></details>`;
  const find = (/** @type {string} */ selector) => /** @type {any} */ (element.querySelector(selector));
  const [data, go, beta] = [".bar select", ".go", ".beta"].map(find);
  const plane = mountPlane(find(".plane"));
  const chosen = mountRecipe(find(".recipe div"), changed);
  const slow = mountSlow(find(".slow div"), (index) => course.slow(index), () => ({ shape: course.set.shape, beta: weight() }));
  mountMine(find(".models div"));
  find("details.host").hidden = !trainingAddress();
  if (trainingAddress()) mountHostTraining(find(".host div"));
  let drawn = 0, turn = 0;

  const weight = () => 2 ** slider;
  const figure = (/** @type {string} */ name, /** @type {string} */ text) => { find(`[data-figure=${name}]`).textContent = text; };
  const problem = (/** @type {string} */ text) => { find(".problem").textContent = text; };

  async function pictures() {
    if (source === "digits") return digits();
    if (source !== "imagined") return own[source] && augmented(own[source], ENOUGH);
    const imaginer = lab.descriptions[IMAGINER];
    if (!imaginer) throw new Error(say.noModel);
    find(".counts").textContent = say.making;
    return imagined(await loadModel(imaginer));
  }

  /** Pictures of another kind: what suits them is chosen. */
  async function take() {
    const now = ++turn;
    course.end();
    problem("");
    showSource();
    const set = await pictures().catch((error) => { problem(error instanceof Fault ? say.failed(why(error)) : error.message); return null; });
    if (now !== turn) return;
    const enough = set?.labels.length >= FEWEST;
    if (set && !enough) problem(say.tooFew);
    find(".counts").textContent = "";
    if (!enough) { course.set = null; showState(); return; }
    chosen.set({ likelihood: set.likelihood, width: set.images.length / set.labels.length > MANY ? WIDE : DEFAULTS.width });
    await begin(set);
  }

  function begin(set = course.set) {
    for (const name of FIGURES) figure(name, "–");
    find(".curves").innerHTML = "";
    find(".done span").textContent = "";
    find(".use").hidden = true;
    problem("");
    return course.begin(set, { ...chosen.recipe(), beta: weight() });
  }

  function showSource() {
    data.value = source;
    find(".about").textContent = say.about[source];
    find(".drawings").hidden = source !== "drawings";
    find(".files").hidden = source !== "pictures";
    if (source === "drawings" && !find(".drawings").children.length) mountDrawings(find(".drawings"), took("drawings"));
    if (source === "pictures" && !find(".files").children.length) mountPictures(find(".files"), took("pictures"));
  }

  function took(/** @type {"drawings" | "pictures"} */ name) {
    return (/** @type {any} */ found) => {
      const changes = own[name] !== found;
      own[name] = found;
      if (source === name && changes) take();
    };
  }

  function showBegun() {
    const { train, test, parameters, shown } = course.begun;
    plane.begin(course.set, shown);
    find(".counts").textContent = say.counts(train, test, parameters);
    showFrame();
    showState();
    if (find("details.slow").open) slow.play();
  }

  function showFrame() {
    const { steps, epoch, pace } = course.last;
    plane.show(course.last);
    figure("steps", String(steps));
    figure("passes", epoch.toFixed(1));
    if (pace) figure("pace", String(Math.round(pace)));
    if (performance.now() - drawn < DRAWN) return;
    drawn = performance.now();
    find(".curves").innerHTML = course.curves.svg();
  }

  function showMeasured() {
    const { logProb, elbo, knn } = course.figures;
    figure("exact", logProb === null ? "–" : say.nats(logProb));
    figure("elbo", elbo === null ? "–" : say.nats(elbo));
    figure("knn", knn === null ? "–" : say.share(knn));
    find(".curves").innerHTML = course.curves.svg();
  }

  function showState() {
    const { running, steps, trained, problem: stopped, begun } = course;
    go.textContent = running ? say.pause : steps ? say.goOn : say.go;
    for (const button of [go, find(".one"), find(".again")]) button.disabled = !begun;
    find(".one").disabled ||= running;
    if (stopped) problem(stopped === "no SIMD" ? say.needSimd : stopped === "not finite" ? say.diverged : say.failed(why(new Fault("stopped", stopped))));
    find(".use").hidden = running || !trained;
    find(".done span").textContent = !running && trained ? say.added(trained) : "";
  }

  function changed(/** @type {string} */ name) {
    const { rate } = chosen.recipe();
    if (name === "rate" && course.begun) course.change({ rate }, say.marks.rate(rate));
    else if (course.steps) problem(say.stale);
    else if (course.set) begin();
  }

  function showBeta() { find(".slider output").textContent = String(weight()); }

  go.onclick = () => (course.running ? course.pause() : course.run());
  find(".one").onclick = () => course.run({ steps: 1 });
  find(".again").onclick = () => begin();
  find(".use").onclick = () => lab.use(lab.descriptions[course.trained]);
  data.onchange = () => { source = data.value; take(); };
  beta.value = String(slider);
  beta.oninput = () => {
    slider = Number(beta.value);
    showBeta();
    if (course.begun) course.change({ beta: weight() }, say.marks.beta(weight()));
  };
  find("details.slow").ontoggle = ({ target }) => { if (target.open && course.begun) slow.play(); };
  lab.listen(element, (what) => { if (what === "tab" && lab.tab !== "train" && course.running) course.pause(); });
  course.tell = (news) => { ({ begun: showBegun, frame: showFrame, measured: showMeasured, state: showState })[news](); };
  showBeta();
  if (!course.begun) { showState(); take(); return; }
  showSource(); // the page was mounted anew
  chosen.set(course.recipe);
  showBegun();
  if (course.figures) showMeasured();
}
