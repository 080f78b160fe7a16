// The teacher's page of the lesson: the plan with a link to each stop, the answers, and what to print.

import { STOPS } from "../lessons/stops.js";
import { words } from "../words/index.js";
import { answerSheet, linkTo, printPage, worksheet } from "./lesson-sheet.js";

const say = words.lesson;

/** @param {HTMLElement} element
 * @param {(n: number) => void} go opens a stop */
export function mountTeacher(element, go) {
  const rows = STOPS.map(({ minutes, name }, k) => {
    const { title, question, key } = say.stops[k];
    return `<tr><td><a href="${linkTo(k + 1)}">${k + 1}. ${title}</a></td><td>${minutes.join("–")}</td><td>${question}</td><td>${name === "exit" ? "" : key}</td></tr>`;
  });
  element.innerHTML = `<h2>${say.teacher}</h2><p class="note">${say.teacherHelp}</p>
    <p class="row"><button type="button" class="sheet">${say.worksheet}: ${say.print}</button><button type="button" class="key">${say.answers}: ${say.print}</button></p>
    <h3>${say.plan}</h3><table><thead><tr>${say.planColumns.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>
    <p class="note">${say.noNetwork}</p>`;
  const press = (/** @type {string} */ selector, /** @type {() => string} */ page) => { /** @type {HTMLElement} */ (element.querySelector(selector)).onclick = () => printPage(page()); };
  press(".sheet", worksheet);
  press(".key", answerSheet);
  element.querySelectorAll("tbody a").forEach((link, k) => {
    /** @type {HTMLElement} */ (link).onclick = (event) => { event.preventDefault(); go(k + 1); };
  });
}
