// The tab interpolate.

/** @param {HTMLElement} element */
export function mount(element) {
  element.textContent = "interpolate";
}
