// The frame on a photograph.

export const label = "A frame around what the model takes of your picture";
export const photograph = "your picture";
export const frame = "Frame";
export const corners = {
  nw: "Upper left corner of the frame", ne: "Upper right corner of the frame", sw: "Lower left corner of the frame", se: "Lower right corner of the frame",
};
export const hand = "Drag the frame, or its corners, to choose.";
export const keys = "Arrow keys move it. With Shift they change its size. With Escape the lab chooses.";
export const automatic = "Let the lab choose";
export const another = "Another picture";
export const corner = (/** @type {number} */ x, /** @type {number} */ y) => `${x} % from the left, ${y} % from the top`;
export const place = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ width, /** @type {number} */ height) =>
  `${x} % from the left, ${y} % from the top, ${width} % wide, ${height} % high`;
export const group = (/** @type {number} */ k, /** @type {number} */ n, /** @type {string} */ where) => `Take other ink, ${k} of ${n}: ${where}`;
