// The tab generate.

/** @param {HTMLElement} element */
export function mount(element) {
  element.textContent = "generate";
}
