// Where a pointer is on an element, in the element's own pixels: the look Projector enlarges the page around it.

/** @param {{ clientX: number, clientY: number }} event a pointer's or a touch
 * @param {HTMLElement} element
 * @returns {[number, number]} */
export function placeOn({ clientX, clientY }, element) {
  const box = element.getBoundingClientRect(), scale = element.offsetWidth / box.width;
  return [(clientX - box.x) * scale - element.clientLeft, (clientY - box.y) * scale - element.clientTop];
}
