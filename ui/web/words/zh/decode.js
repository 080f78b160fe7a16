// The tab Decode.

import { number } from "../../numbers.js";

export const lead = "移动滑块，或者拖动地图上的图钉。每一对数字就是一张图片：解码器只用这两个数字把它画出来。";
export const axes = ["z1", "z2"];
export const sliders = ["z1，地图上的横向", "z2，地图上的纵向"];
export const where = "编码在测试集图片中的位置";
export const download = "下载图片";
export const nearest = "最近的测试集图片";
export const crowded = "这里有多拥挤";
export const badNumber = (/** @type {number} */ limit) => `实验室不接受这个数字：请输入 −${limit} 到 ${limit} 之间的数。`;
export const place = (/** @type {string} */ z, /** @type {string | null} */ label) => `z = ${z}${label === null ? "" : `，类别为“${label}”`}`;
export const decoded = (/** @type {string} */ at) => `在 ${at} 处解码的图片`;

export function crowd({ count, all, radius, expected, percentile }) {
  const of = `${all.toLocaleString("en")} 个测试集编码中有 ${count} 个离这个编码不到 ${radius}`;
  const prior = expected === null ? "" : `；按先验 N(0, I) 应有 ${number(expected, 0)} 个`;
  const how = count === 0
    ? "没有一张测试集图片的编码这么近：解码器没有在这样的编码上训练过，所以图片只是猜测。"
    : `这里比 ${number(percentile, 0)} % 的测试集编码周围更拥挤。`;
  return `${of}${prior}。${how}`;
}
export const whole = "解码器能画的一切，在一张纸上";
