// The tab reconstruct.

/** @param {HTMLElement} element */
export function mount(element) {
  element.textContent = "reconstruct";
}
