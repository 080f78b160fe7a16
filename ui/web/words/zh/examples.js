// Pictures to try.

export const label = "可以试的图片";
export const drawn = "或者试试这些画：";
export const painted = "或者试试这些图片。它们是模型自己在测试集图片的编码处画的：";
export const real = (/** @type {string} */ source) => `或者试试这些真实的测试集图片（${source}）：`;
export const both = (/** @type {string} */ source) => `或者试试这些图片：先是手绘的，后面是真实的测试集图片（${source}）。`;
export const realOne = (/** @type {string} */ name) => `真实：${name}`;
export const digit = (/** @type {string} */ name) => `数字 ${name}`;
export const picture = (/** @type {number} */ k) => `图片 ${k}`;
