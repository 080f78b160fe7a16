// The tab style.

/** @param {HTMLElement} element */
export function mount(element) {
  element.textContent = "style";
}
