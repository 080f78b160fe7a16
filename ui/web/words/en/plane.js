// What a map of the plane says, on every tab that has one.

const list = (/** @type {[string, number][]} */ counts) => counts.map(([name, n]) => `${name}: ${n}`).join(", ");

export const map = "map";
export const colourBy = "Colour by";
export const colours = { class: "class", nothing: "nothing", distortion: "distortion", rate: "rate", log_prob: "log p(x)", "k-means": "k-means" };
export const groups = "groups:";
export const straight = "straight line";
export const seconds = { near: "path near the data", shortest: "shortest path in pictures" };
export const backdrop = "decoded plane";
export const dragging = "What dragging does";
export const move = "Move";
export const box = "Box";
export const lasso = "Lasso";
export const zoom = "Zoom";
export const zoomIn = "Zoom in";
export const zoomOut = "Zoom out";
export const reset = "reset";
export const classesShown = "Classes shown";
export const decoded = "decoded";
export const original = "original";
export const originalAlt = "the test image itself";
export const nats = "nats";
export const selected = "Selected points";
export const contactSheet = "Contact sheet";
export const downloadCodes = "Download as CSV";
export const clear = "Clear";
export const nothingSelected = "No test image is selected.";
export const group = (/** @type {number} */ k) => `group ${k}`;
export const unreadable = (/** @type {string} */ reason) => `The encoded test set could not be read (${reason}). Reload the page to try again.`;
export const help = (/** @type {string} */ label) => `${label}. Arrow keys move the code, with Shift faster; plus and minus zoom, zero goes back.`;
export const helpEnds = (/** @type {string} */ label) => `${label}. Arrow keys move the end that the keys A and B choose, with Shift faster; plus and minus zoom, zero goes back to the path.`;
export const place = (/** @type {string} */ z, /** @type {string | null} */ label) => `z = ${z}${label === null ? "" : ` as ${label}`}`;

export function testImage(/** @type {number} */ index, /** @type {string | undefined} */ name, /** @type {number | null} */ ofGroup) {
  return `test image ${index}${name === undefined ? "" : `: ${name}`}${ofGroup === null ? "" : `, group ${ofGroup}`}`;
}

export function selectedWhat(/** @type {number} */ n, /** @type {[string, number][]} */ counts, /** @type {number} */ shown) {
  const many = n > 1 ? `${n} test images are selected` : "One test image is selected";
  return `${many}${counts.length ? ` (${list(counts)})` : ""}.${shown < n ? ` The first ${shown} are decoded below.` : ""}`;
}

export const agreement = (/** @type {number} */ k, /** @type {number | null} */ ari) => (ari === null
  ? `k-means put the test codes into ${k} groups by their distance alone.`
  : `k-means put the test codes into ${k} groups by their distance alone, without the classes. The adjusted Rand index of groups and classes is ${ari.toFixed(2)}: 1 would be the same grouping, 0 is chance.`);

export const replay = {
  name: "Replay of the training",
  fetch: "Replay the training",
  fetching: "Fetching the history of the training…",
  cancel: "Cancel",
  cancelled: "The replay was cancelled.",
  play: "Play",
  pause: "Pause",
  epoch: "epoch",
  back: "Back to the trained model",
  none: "No history of this model's training was kept, so it cannot be replayed.",
  unreadable: (/** @type {string} */ reason) => `The history of the training could not be read: ${reason}.`,
  of: (/** @type {number} */ now, /** @type {number} */ end) => `${now.toFixed(1)} of ${Number(end.toFixed(1))}`,
  curve: (/** @type {string} */ name, /** @type {number} */ from, /** @type {number} */ to) =>
    `${name} over the training: from ${from.toFixed(1)} to ${to.toFixed(1)} nats per test image`,
  dots: (/** @type {boolean} */ near) => "The dots are the codes that the test images had then. What pointing decodes is still the trained model's."
    + (near ? " They hardly move: this training went on from another model's, where they were in order already." : ""),
};
