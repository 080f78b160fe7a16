// The tab Interpolate.

import { number, percent } from "../../numbers.js";

export const lead = "在地图上拖动 A 和 B：实验室从 A 走到 B，每一步解码一张图片，一次沿直线，一次沿测地线；沿测地线走，图片的变化总共最少。";
export const where = "从 A 到 B 的路径，在测试集图片之中";
export const ends = ["起点 A", "终点 B"];
export const typical = "典型图片，类别";
export const here = "用当前编码";
export const mine = "用我的图片的编码";
export const noPicture = "还没有图片。请在“重构”页上画一张。";
export const steps = "图片数";
export const swap = "交换 A 和 B";
export const strip = "下载图片条（PNG）";
export const animation = "下载动画（GIF）";
export const end = (/** @type {number} */ k, /** @type {number} */ axis) => `${"AB"[k]} 的 z${axis + 1}`;
export const preparing = (/** @type {number} */ share) => `正在解码平面，每个模型只需一次：${percent(share)}`;
export const failed = (/** @type {string} */ reason) => `无法计算测地线：${reason}。`;
export const strips = (/** @type {number} */ n, /** @type {string} */ name, /** @type {string} */ a, /** @type {string} */ b) => `${name}上从 z = ${a} 到 z = ${b} 的 ${n} 张图片`;

export function lengths(/** @type {number} */ length, /** @type {number} */ straight, /** @type {number} */ alone) {
  if (straight < 1e-6) return "从 A 到 B 图片始终相同：没有什么可节省的。";
  const what = `以图片来量（一个像素从黑到白为 1），直线长 ${number(straight, 1)}，测地线长 ${number(length, 1)}。`;
  if (length === straight) return `${what}这里直线就是测地线：找不到短 0.1 % 的路径。第二条图片条调整了间隔，使每一步的变化相同。`;
  const saved = 1 - length / straight;
  const empty = alone >= 0.01 ? `它有 ${percent(alone)} 在没有测试集图片的地方。` : "";
  return `${what}测地线短了 ${percent(saved, saved >= 0.01 ? 0 : 1)}：它绕开了走一小步图片就大变的地方。${empty}`;
}
