// The pad of the tab Complete.

export const pad = "picture to hide parts of";
export const padHelp = "The picture to complete; hidden pixels are hatched. Arrow keys move the tool, space uses it, with Shift it is used all along.";
export const tools = "What the pointer does";
export const whole = "Change the whole picture";
export const tool = { draw: "Draw", erase: "Erase to paper", hide: "Hide", show: "Show" };
export const cover = { lower: "Hide the lower half", right: "Hide the right half", all: "Hide all", none: "Show all" };
export const observed = (/** @type {number} */ count, /** @type {number} */ all) => `${count} of ${all} pixels are observed.`;
