// The tab decode.

/** @param {HTMLElement} element */
export function mount(element) {
  element.textContent = "decode";
}
