// The tab Complete.

import { number, percent } from "../../numbers.js";

export const lead = "遮住图片的一部分：贝叶斯公式会说出下面可能是什么。也可以在遮住的纸上一笔一笔地画。";
export const blankPage = "在遮住的纸上画";
export const noise = "噪声";
export const bernoulliNoise = "有百分之这么多的像素（没有人知道是哪些）由抛硬币决定。";
export const gaussianNoise = "以从黑到白的百分比表示：加在每个像素上的噪声的标准差。";
export const guess = "最佳猜测，E[x|已见部分]";
export const seen = "所见的图片，带有噪声";
export const where = "p(z|已见部分)：整张图片的编码可能在哪里";
export const prior = "先验";
export const curveTitle = "每一笔之后还有多不确定";
export const entropy = "熵（比特）";
export const axis = "笔画数";
export const meaning = "这些数字的含义";
export const meaningParts = [
  "信息（比特）：KL(p(z|已见部分) ‖ p(z))，即已见像素对编码说明了多少。熵（比特）：编码还分散在平面上多大的面积；少一比特，面积就减半，低于 0 就不到一个单位面积。出人意料的一笔会使它升高。",
  "p(z|已见部分) 是在整个平面上求和得到的，不用采样，也不用编码器。最佳猜测是所有图片按 p(z|已见部分) 加权的平均：图片不一致的地方就模糊。",
];
export const samples = (/** @type {number} */ n) => `来自 p(z|已见部分) 的 ${n} 个样本，即地图上的点：`;
export const sample = (/** @type {number} */ k) => `样本 ${k}`;
export const preparing = (/** @type {number} */ share) => `正在解码平面，每个模型只需一次：${percent(share)}`;
export const failed = (/** @type {string} */ reason) => `无法补全：${reason}。`;
export const curve = (/** @type {[number, number][]} */ strokes) => `p(z|已见部分) 的熵（比特），按笔画数：${strokes.map(([n, value]) => `${n} 笔后 ${number(value, 1)}`).join("，")}`;

export function evidence({ strokes, pixels, all, noise: share, bits, times, probabilistic }) {
  const point = probabilistic ? "" : "普通自编码器训练时没有先验：这里用 N(0, I) 代替，它的编码在训练后被缩放到了这个尺度。";
  if (!pixels) return `什么也没看见，所以什么也不知道：p(z|已见部分) 就是先验 p(z)，最佳猜测是所有图片的平均。${point}`;
  const after = strokes ? `${strokes} 笔之后，` : "";
  const area = times > 1.05 ? `：它所在的面积是先验的 ${number(times, times < 10 ? 1 : 0)} 分之一` : "";
  const done = pixels === all && !share ? "全部都看见了：没有什么可猜的了。" : "";
  return `${after}${share ? "尽管有噪声，" : ""}已见的 ${pixels} 个像素对编码说明了 ${number(bits, 1)} 比特${area}。${done}${point}`;
}
