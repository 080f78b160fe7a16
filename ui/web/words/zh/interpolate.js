// The tab Interpolate.

import { number, percent } from "../../numbers.js";

export const lead = "拖动 A 和 B，或者给每一端选一个类别：实验室从 A 走到 B，每一步解码一张图片。";
export const where = "从 A 到 B 的路径，在测试集图片之中";
export const ends = ["起点 A", "终点 B"];
export const typicalOf = (/** @type {string} */ end) => `${end}：某个类别的典型图片`;
export const second = "第二条路径";
export const none = "无";
export const here = "用当前编码";
export const mine = "用我的图片的编码";
export const noPicture = "还没有图片。请在“重构”页上画一张。";
export const steps = "图片数";
export const swap = "交换 A 和 B";
export const strip = "下载图片条（PNG）";
export const animation = "下载动画（GIF）";
export const end = (/** @type {number} */ k, /** @type {number} */ axis) => `${"AB"[k]} 的 z${axis + 1}`;
export const preparing = (/** @type {number} */ share) => `正在解码平面，每个模型只需一次：${percent(share)}`;
export const failed = (/** @type {string} */ reason) => `找不到这条路径：${reason}。`;
export const strips = (/** @type {number} */ n, /** @type {string} */ name, /** @type {string} */ a, /** @type {string} */ b) => `${name}上从 z = ${a} 到 z = ${b} 的 ${n} 张图片`;

function saved(/** @type {number} */ length, /** @type {number} */ straight) {
  const share = 1 - length / straight;
  return percent(share, share >= 0.01 ? 0 : 1);
}

export const lengths = {
  near(/** @type {number} */ length, /** @type {number} */ straight, /** @type {number} */ alone) {
    if (straight < 1e-6) return "A 和 B 是同一个编码：没有路要走。";
    const what = `一个像素从黑到白记作 1，每奈特的稀有度记作 6：这样量，直线长 ${number(straight, 1)}，这条路径长 ${number(length, 1)}。`;
    if (length === straight) return `${what}这里直线和找到的任何路径一样短。`;
    const empty = alone >= 0.01 ? `（只有 ${percent(alone)} 例外）` : "";
    return `${what}它短了 ${saved(length, straight)}，并且始终走在有测试集图片的地方${empty}：在别处，解码器从未受过训练。`;
  },
  shortest(/** @type {number} */ length, /** @type {number} */ straight, /** @type {number} */ alone) {
    if (straight < 1e-6) return "从 A 到 B 图片始终相同：没有什么可节省的。";
    const what = `以图片来量（一个像素从黑到白为 1），直线长 ${number(straight, 1)}，这条测地线长 ${number(length, 1)}。`;
    if (length === straight) return `${what}这里直线和找到的任何路径一样短。`;
    const empty = alone >= 0.01 ? `它不知道数据在哪里：它有 ${percent(alone)} 在没有测试集图片的地方，因为那里图片变化很小。` : "";
    return `${what}它短了 ${saved(length, straight)}：它绕开了走一小步图片就大变的地方。${empty}`;
  },
};
