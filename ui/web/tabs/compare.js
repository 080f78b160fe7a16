// The tab compare.

/** @param {HTMLElement} element */
export function mount(element) {
  element.textContent = "compare";
}
