// The exit: five questions, each explained once it is answered.

import { RIGHT } from "../lessons/stops.js";
import { words } from "../words/index.js";
import { answers, keep } from "./lesson-answers.js";

const say = words.lesson;

/** @param {HTMLElement} element
 * @param {() => void} told called after each answer */
export function mountQuiz(element, told) {
  const given = /** @type {(number | null)[]} */ (answers().exit?.value ?? RIGHT.map(() => null));
  const score = document.createElement("p");
  score.setAttribute("role", "status");

  function show() {
    const right = given.filter((option, k) => option === RIGHT[k]).length;
    score.textContent = given.includes(null) ? "" : say.score(right, RIGHT.length);
  }

  element.replaceChildren(...say.quiz.map(([question, options, because], k) => {
    const set = document.createElement("fieldset");
    set.innerHTML = `<legend>${k + 1}. ${question}</legend>`;
    const verdict = document.createElement("p");
    verdict.className = "verdict";
    verdict.setAttribute("role", "status");
    const explain = () => {
      if (given[k] === null) return;
      verdict.textContent = `${given[k] === RIGHT[k] ? say.rightAnswer : say.wrongAnswer(options[RIGHT[k]])} ${because}`;
    };
    set.append(...options.map((option, n) => {
      const label = Object.assign(document.createElement("label"), { className: "option" });
      const radio = Object.assign(document.createElement("input"), { type: "radio", name: `question-${k}`, checked: given[k] === n });
      radio.onchange = () => {
        given[k] = n;
        const right = given.filter((one, at) => one === RIGHT[at]).length;
        keep("exit", { value: given, sentence: say.score(right, RIGHT.length) });
        explain();
        show();
        told();
      };
      label.append(radio, ` ${option}`);
      return label;
    }), verdict);
    explain();
    return set;
  }), score);
  show();
}
