// Terms: wherever one stands in a text of a tab, a tap on it opens its card of two sentences.

import { words } from "../words/index.js";
import { termPicture } from "./term-pictures.js";

const WITHIN = ".note, .lead, .meaning, th[scope=row], details > p, .small"; // texts in which terms are marked
const STOP = /^[.,;:!?)，。；：！？、）]/; // what stays on the line of the word before it

/** Mark the terms in the texts of an element, now and when they change.
 * @param {HTMLElement} element */
export function markTerms(element) {
  const cards = words.terms.cards.flatMap((card) => card.words.map((word) => ({ word, card })));
  const longest = cards.map(({ word }) => word).sort((a, b) => b.length - a.length).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const letter = /^[a-z]/i;
  const pattern = new RegExp(longest.map((word) => (letter.test(word) && /[a-z]$/i.test(word) ? `(?<![\\w(|])${word}(?![\\w(])` : word)).join("|"), "g");

  function mark(/** @type {Element} */ text) {
    if (text.querySelector(".term") || text.closest("button, summary, [role=status], [role=alert], .terms-off")) return;
    const met = new Set(); // each is marked once in a text
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(/** @type {Text} */ (walker.currentNode));
    for (const node of nodes) {
      if (node.parentElement.closest("button, a, label, summary")) continue;
      let last = 0;
      const parts = [];
      for (const found of node.data.matchAll(pattern)) {
        const { card } = cards.find(({ word }) => word === found[0]);
        if (met.has(card)) continue;
        met.add(card);
        const button = Object.assign(document.createElement("button"), { type: "button", className: "term", textContent: found[0] });
        button.dataset.term = card.name;
        const end = found.index + found[0].length;
        const stop = node.data.slice(end).match(STOP)?.[0] ?? "";
        const whole = document.createElement("span"); // no line begins with a comma
        whole.className = "term-whole";
        whole.append(button, stop);
        parts.push(node.data.slice(last, found.index), whole);
        last = end + stop.length;
      }
      if (parts.length) node.replaceWith(...parts, node.data.slice(last));
    }
  }

  let due = false;
  const markAll = () => {
    due = false;
    for (const text of element.querySelectorAll(WITHIN)) mark(text);
  };
  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(markAll);
  }).observe(element, { childList: true, subtree: true });
  markAll();

  const open = document.createElement("div");
  open.className = "term-card";
  open.popover = "auto";
  open.setAttribute("role", "note");
  element.append(open);
  element.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest?.(".term");
    if (!button) return;
    event.preventDefault(); // in a summary it would open the fold
    const card = words.terms.cards.find(({ name }) => name === /** @type {HTMLElement} */ (button).dataset.term);
    const title = Object.assign(document.createElement("strong"), { textContent: card.name });
    open.innerHTML = termPicture(card.picture);
    open.append(title, ...card.card.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence })));
    open.showPopover();
    const scale = open.offsetWidth / open.getBoundingClientRect().width; // of the page's own pixels to the window's
    const { left, bottom } = button.getBoundingClientRect();
    const [x, y, wide, high] = [left, bottom, innerWidth, innerHeight].map((length) => length * scale);
    open.style.left = `${Math.max(8, Math.min(x, wide - open.offsetWidth - 8))}px`;
    open.style.top = `${y + open.offsetHeight + 8 > high ? Math.max(8, y - open.offsetHeight - 36) : y + 6}px`;
  });
}
