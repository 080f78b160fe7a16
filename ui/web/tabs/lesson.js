// Lesson: nine stops, each predict, do, see, why. What a stop is stands in lessons/stops.js, what it says in words.lesson.

import { STOPS } from "../lessons/stops.js";
import { pixelsOf } from "../core/page.js";
import { save } from "../core/download.js";
import { answers, forget, keep } from "../parts/lesson-answers.js";
import { mountAsk } from "../parts/lesson-ask.js";
import { mountQuiz } from "../parts/lesson-quiz.js";
import { mountTeacher } from "../parts/lesson-teacher.js";
import { mySheet, printPage } from "../parts/lesson-sheet.js";
import { VIEWS } from "../parts/lesson-views.js";
import { pressTwice } from "../parts/press-twice.js";
import { realImage } from "../parts/real-images.js";
import { mountSend, mountWall } from "../parts/wall.js";
import { lab } from "../store.js";
import { why, words } from "../words/index.js";

const say = words.lesson;

/** @param {HTMLElement} element */
export function mount(element) {
  element.classList.add("lesson");
  element.innerHTML = `
    <nav class="stops" aria-label="${say.stopsLabel}"></nav>
    <article class="stop" data-testid="stop"></article>
    <p class="row tools"><button type="button" class="back">${say.back}</button><button type="button" class="next primary">${say.next}</button>
      <span class="apart"></span><button type="button" class="print">${say.mySheet}: ${say.print}</button><button type="button" class="save">${say.save}</button>
      <button type="button" class="teach">${say.teacher} (${say.teacherKey})</button><button type="button" class="reset">${say.reset}</button></p>
    <div class="send"></div><section class="teacher" hidden></section><section class="wall"></section>`;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (element.querySelector(selector));
  const [bar, article, teacher, reset] = [find(".stops"), find("article"), find(".teacher"), find(".reset")];
  let turn = 0; // of the stops: what is late belongs to an older one

  bar.append(...STOPS.map((_, k) => Object.assign(document.createElement("button"), { type: "button", onclick: () => go(k + 1) })));

  function go(/** @type {number} */ n) {
    lab.set("lesson", Math.min(Math.max(n, 1), STOPS.length));
    article.scrollIntoView({ block: "nearest" });
  }

  function mark() { // which stop is open, and which are done
    const known = answers();
    [...bar.children].forEach((button, k) => {
      const { title } = say.stops[k], isDone = STOPS[k].name in known;
      button.textContent = `${k + 1}${isDone ? " ✓" : ""}`;
      button.ariaLabel = `${k + 1}. ${title}${isDone ? `, ${say.done}` : ""}`;
      /** @type {HTMLElement} */ (button).title = title;
      if (k + 1 === lab.lesson) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    /** @type {HTMLButtonElement} */ (find(".back")).disabled = lab.lesson === 1;
    /** @type {HTMLButtonElement} */ (find(".next")).disabled = lab.lesson === STOPS.length;
  }

  /** Set the stop up and show it: before its question is answered, or after. */
  async function open() {
    const now = ++turn, stop = STOPS[lab.lesson - 1], text = say.stops[lab.lesson - 1];
    article.dataset.stop = String(lab.lesson);
    article.innerHTML = `<p class="small">${say.of(lab.lesson, STOPS.length)} · ${say.minutes(...stop.minutes)}</p><h2>${text.title}</h2>
      <p class="lead">${text.text}</p><div class="truth" role="status"></div>
      <div class="work"><div class="ask"></div><div class="stage" role="group" aria-label="${say.stage}"></div></div>
      <div class="because"></div>`;
    mark();
    const missing = needed(stop).find((name) => !lab.descriptions[name]);
    if (missing) { article.querySelector(".stage").textContent = say.modelMissing(missing); return; }
    lab.follows = !stop.ask || stop.name in answers(); // the bar would tell the code
    try {
      await setUp(stop);
      if (now === turn) await showStop(stop, text, now);
    } catch (error) {
      if (now === turn) article.querySelector(".truth").textContent = say.failed(why(error));
    }
  }

  async function showStop(/** @type {import("../lessons/stops.js").Stop} */ stop, /** @type {typeof say.stops[number]} */ text, /** @type {number} */ now) {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (article.querySelector(`.${name}`));
    const given = answers()[stop.name];
    const revealed = !stop.ask || Boolean(given);
    if (stop.ask?.kind === "quiz") { mountQuiz(part("ask"), mark); return; }
    if (!revealed) {
      mountAsk(part("ask"), { stop, text, lab, give: (value) => { keep(stop.name, { value }); open(); } });
      const skip = Object.assign(document.createElement("button"), { type: "button", className: "skip", textContent: say.skip, onclick: () => { keep(stop.name, { value: null }); open(); } });
      part("ask").append(skip);
    }
    const reveal = (/** @type {string} */ sentence, /** @type {boolean} */ right) => {
      if (now !== turn || !revealed) return;
      part("truth").innerHTML = `<strong>${say.truth}:</strong> <span></span>`;
      part("truth").querySelector("span").textContent = sentence;
      if (given) keep(stop.name, { ...given, sentence, right });
    };
    if (given && given.value === null) part("truth").textContent = say.skipped;
    const answer = given?.value ?? null;
    for (const name of revealed ? stop.after : stop.before) {
      const box = part("stage").appendChild(document.createElement("div"));
      box.className = `view ${name}`;
      await VIEWS[name](box, { stop, lab, answer, reveal });
      if (now !== turn) return;
    }
    if (revealed) because(part("because"), stop, text, Boolean(given));
  }

  function because(/** @type {HTMLElement} */ box, /** @type {import("../lessons/stops.js").Stop} */ stop, /** @type {typeof say.stops[number]} */ text, /** @type {boolean} */ given) {
    const address = stop.code && lab.host.source?.(stop.code.file, stop.code.line);
    box.innerHTML = `<h3>${say.why}</h3>${text.why.map((sentence) => `<p class="note">${sentence}</p>`).join("")}
      <h3>${say.formula}</h3><p class="formula">${stop.formula}</p>
      ${stop.code ? `<p class="small code terms-off">${say.computed} <a></a><code></code></p>` : ""}
      ${given ? `<button type="button" class="anew">${say.again}</button>` : ""}`;
    if (stop.code) {
      const [link, code] = /** @type {[HTMLAnchorElement, HTMLElement]} */ ([box.querySelector("a"), box.querySelector("code")]);
      link.textContent = `vae_core/${stop.code.file}`;
      if (address) Object.assign(link, { href: address, target: "_blank" });
      code.textContent = stop.code.line;
    } else box.querySelectorAll("h3")[1]?.remove();
    const anew = /** @type {HTMLButtonElement} */ (box.querySelector(".anew"));
    if (anew) anew.onclick = () => { keep(stop.name, null); open(); };
    if (!stop.ask && !(stop.name in answers())) {
      lab.listen(box, (what) => { if ((what === "z" || what === "picture") && !(stop.name in answers())) { keep(stop.name, { value: true }); mark(); } });
    }
  }

  find(".back").onclick = () => go(lab.lesson - 1);
  find(".next").onclick = () => go(lab.lesson + 1);
  find(".print").onclick = () => printPage(mySheet());
  find(".save").onclick = () => save(new Blob([mySheet()], { type: "text/html" }), "latent-lab-lesson.html");
  const teach = () => {
    teacher.hidden = !teacher.hidden;
    if (!teacher.hidden) mountTeacher(teacher, go);
  };
  find(".teach").onclick = teach;
  pressTwice(reset, say.resetSure, () => {
    forget();
    go(1);
    open();
  });
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    if (!element.isConnected) { document.removeEventListener("keydown", keys); return; }
    if (lab.tab !== "lesson" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest?.("input, select, textarea, canvas, [role=tablist], [role=application]")) return;
    if (event.key === "ArrowRight") go(lab.lesson + 1);
    else if (event.key === "ArrowLeft") go(lab.lesson - 1);
    else if (event.key.toUpperCase() === say.teacherKey) teach();
    else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", keys);

  mountSend(find(".send"), lab);
  mountWall(find(".wall"), lab);

  lab.listen(element, (what) => {
    if (what === "lesson") open();
    if (what === "tab" && lab.tab !== "lesson" && !lab.follows) {
      lab.follows = true;
      if (lab.seen) lab.setZ(lab.seen.mean[0], lab.seen.mean[1]);
    }
    if (what === "tab" && lab.tab === "lesson" && turn) open(); // elsewhere another model may have been picked
  });
  open();
}

const needed = (/** @type {import("../lessons/stops.js").Stop} */ stop) => [stop.model,
  ...(stop.name === "holes" ? ["mnist-ae", "mnist-beta1"] : []), ...(stop.name === "bill" ? /** @type {any} */ (stop.ask).items : [])];

/** The model, and what is on the pad. */
async function setUp(/** @type {import("../lessons/stops.js").Stop} */ { model, strokes, real }) {
  await lab.use(lab.descriptions[model]);
  if (lab.failed) throw lab.failed;
  await lab.net.loadEncoder();
  const { dataset, shape } = lab.model;
  if (real !== undefined) await lab.take({ kind: "prepared", of: dataset, image: await realImage(dataset, real), shape });
  else if (strokes) await lab.take({ kind: "drawing", strokes, pixels: pixelsOf(strokes) });
}
