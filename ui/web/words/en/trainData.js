// Pictures of the visitor's own to train on.

export const className = "What it is";
export const add = "Add the drawing";
export const removeAll = "Remove all";
export const remove = (/** @type {string} */ name) => `Remove this drawing of ${name}`;
export const counts = (/** @type {string[]} */ names) => `Drawn so far: ${names.join(", ")}. At least six are needed; thirty make a good start.`;
export const noneDrawn = "Draw something, say what it is, and add it: three kinds, ten of each, make a good start.";
export const noName = "Say what it is first: any word of at most 40 letters.";
export const nothingDrawn = "There is nothing on the page yet. Draw first.";
export const tooMany = (/** @type {number} */ most) => `There is room for ${most} drawings. Remove some first.`;
export const notKept = "This browser keeps nothing here: the drawings go when the page is closed.";
export const files = "Choose a folder with a folder for each class in it, or files; or drop them here. At most 2,000 pictures of at most 10 MB; they stay on this computer.";
export const kind = "They show";
export const kinds = { ink: "ink on paper", thing: "a thing on a plain ground", photo: "photographs" };
export const folder = "A folder";
export const some = "Files";
export const reading = "Reading the pictures";
export const read = (/** @type {number} */ n, /** @type {string[]} */ classes) => (classes.length ? `${n} pictures: ${classes.join(", ")}.` : `${n} pictures, without classes.`);
export const nothing = "None of these files can be used.";
export const leftOut = (/** @type {number} */ n) => (n === 1 ? "One file was left out" : `${n} files were left out`);
