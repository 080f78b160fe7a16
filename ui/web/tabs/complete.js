// The tab complete.

/** @param {HTMLElement} element */
export function mount(element) {
  element.textContent = "complete";
}
