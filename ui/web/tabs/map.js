// The tab map.

/** @param {HTMLElement} element */
export function mount(element) {
  element.textContent = "map";
}
