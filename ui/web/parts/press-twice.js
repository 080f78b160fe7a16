// A button for what cannot be taken back: the first press asks, the second does it.

const SURE = 5000; // milliseconds within which the second press counts

/** @param {HTMLElement} button
 * @param {string} question what stands on it after the first press
 * @param {() => void} action */
export function pressTwice(button, question, action) {
  const name = button.textContent;
  let asked = 0;
  const relax = () => {
    clearTimeout(asked);
    asked = 0;
    button.textContent = name;
  };
  button.onclick = () => {
    const sure = asked;
    relax();
    if (sure) { action(); return; }
    button.textContent = question;
    asked = window.setTimeout(relax, SURE);
  };
}
