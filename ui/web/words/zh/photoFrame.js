// The frame on a photograph.

export const label = "围住模型从你的图片中取用部分的框";
export const photograph = "你的图片";
export const frame = "框";
export const corners = {
  nw: "框的左上角", ne: "框的右上角", sw: "框的左下角", se: "框的右下角",
};
export const hand = "拖动框或它的角来选择。";
export const keys = "方向键移动它，按住 Shift 改变大小，按 Esc 由实验室选择。";
export const automatic = "由实验室选择";
export const another = "换一张图片";
export const corner = (/** @type {number} */ x, /** @type {number} */ y) => `距左边 ${x} %，距上边 ${y} %`;
export const place = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ width, /** @type {number} */ height) =>
  `距左边 ${x} %，距上边 ${y} %，宽 ${width} %，高 ${height} %`;
export const group = (/** @type {number} */ k, /** @type {number} */ n, /** @type {string} */ where) => `取用另一处笔迹，第 ${k} 处，共 ${n} 处：${where}`;
