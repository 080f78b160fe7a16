// What the lesson prints: a visitor's sheet, and for the class a worksheet and its answers, all from the sentences of the stops.

import { RIGHT, STOPS } from "../lessons/stops.js";
import { link } from "../link.js";
import { words } from "../words/index.js";
import { answers } from "./lesson-answers.js";

const say = words.lesson;
const STYLE = `@page { size: A4; margin: 14mm } body { font: 11pt/1.35 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #000; background: #fff; max-width: 182mm; margin: 0 auto }
h1 { font-size: 16pt; margin: 0 0 2mm } h2 { font-size: 11pt; margin: 3mm 0 .5mm; break-after: avoid } p { margin: .5mm 0 } section { break-inside: avoid }
.space { border-bottom: .3mm solid #888; height: 7mm } .box { border: .3mm solid #888; height: 22mm; margin: 1mm 0 } ol { margin: 1mm 0; padding-left: 6mm } .small { color: #333 }`;

const text = (/** @type {string} */ value) => value.replace(/[&<>]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[letter]);
const page = (/** @type {string} */ title, /** @type {string} */ body) => `<!doctype html><html lang="${words.common.language}"><meta charset="utf-8"><title>${text(title)}</title><style>${STYLE}</style><h1>${text(title)}</h1>${body}</html>`;
const line = `<p>${text(say.name)}: ______________________ &nbsp; ${text(say.date)}: ____________</p>`;

/** What was predicted and what it was: one page. */
export function mySheet() {
  const known = answers();
  const body = STOPS.map(({ name }, k) => {
    const { title, question } = say.stops[k], answer = known[name];
    const said = answer ? (answer.sentence ?? (answer.value === null ? say.skipped : say.done)) : say.notYet;
    return `<section><h2>${k + 1}. ${text(title)}</h2>${question ? `<p class="small">${text(question)}</p>` : ""}<p>${text(said)}</p></section>`;
  });
  return page(say.sheetTitle, line + body.join(""));
}

/** For every student, to write on: two pages. */
export function worksheet() {
  const body = STOPS.map(({ name }, k) => {
    const { title, text: what, question, options } = say.stops[k];
    if (name === "exit") return `<section><h2>${k + 1}. ${text(title)}</h2></section>${say.quiz.map(([asked, given]) => `<section><p>${text(asked)}</p><ol type="a">${given.map((one) => `<li>${text(one)}</li>`).join("")}</ol></section>`).join("")}`;
    const space = options.length ? options.map((one) => `☐ ${text(one)} `).join("") : question ? '<div class="box"></div>' : '<div class="space"></div>';
    return `<section><h2>${k + 1}. ${text(title)}</h2><p class="small">${text(what)}</p>${question ? `<p>${text(question)}</p>` : ""}${space}</section>`;
  });
  return page(`Latent Lab: ${say.worksheet}`, line + body.join(""));
}

/** The same with the answers. */
export function answerSheet() {
  const body = STOPS.map(({ name }, k) => {
    const { title, question, key, why } = say.stops[k];
    const more = name === "exit"
      ? say.quiz.map(([asked, given, because], n) => `<p><b>${text(asked)}</b> ${"abc"[RIGHT[n]]}) ${text(given[RIGHT[n]])} <span class="small">${text(because)}</span></p>`).join("")
      : `<p>${text(key)}</p><p class="small">${why.map(text).join(" ")}</p>`;
    return `<section><h2>${k + 1}. ${text(title)}</h2>${question ? `<p>${text(question)}</p>` : ""}${more}</section>`;
  });
  return page(`Latent Lab: ${say.answers}`, body.join(""));
}

/** Print a page without leaving this one. */
export function printPage(/** @type {string} */ html) {
  const frame = document.createElement("iframe");
  Object.assign(frame.style, { position: "fixed", width: "0", height: "0", border: "0" });
  frame.ariaHidden = "true";
  frame.srcdoc = html;
  frame.onload = () => {
    frame.contentWindow.onafterprint = () => frame.remove();
    frame.contentWindow.print();
  };
  document.body.append(frame);
}

/** The link that opens a stop. */
export function linkTo(/** @type {number} */ n) {
  const url = new URL(link());
  url.search = new URLSearchParams({ lang: url.searchParams.get("lang"), lesson: String(n) }).toString();
  return url.href;
}
