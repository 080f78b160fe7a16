// The pad of the tab Complete.

export const pad = "可以遮住一部分的图片";
export const padHelp = "要补全的图片；遮住的像素画有斜线。方向键移动工具，空格键使用工具，按住 Shift 则一路使用。";
export const tools = "指针做什么";
export const whole = "改变整张图片";
export const tool = { draw: "画", erase: "擦成白纸", hide: "遮住", show: "露出" };
export const cover = { lower: "遮住下半部", right: "遮住右半部", all: "全部遮住", none: "全部露出" };
export const observed = (/** @type {number} */ count, /** @type {number} */ all) => `${all} 个像素中看得见 ${count} 个。`;
