// The tab manifold.

/** @param {HTMLElement} element */
export function mount(element) {
  element.textContent = "manifold";
}
