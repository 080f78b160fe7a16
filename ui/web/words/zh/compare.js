// The tab Compare.

import { number } from "../../numbers.js";

export const lead = "两个模型并排，处在同一个编码：在任一张地图上指向、按下或拖动，看看它们怎样画同样的两个数、同一条路径和同一张图片。";
export const beside = "与上面的模型比较：";
export const first = "上面的模型";
export const second = "旁边的模型";
export const path = "沿着从 A 到 B 的直线";
export const pathNote = "A 和 B 就是“插值”页上的两点。";
export const yours = "你在“重构”页上的图片";
export const noPicture = "还没有图片。请在“重构”页上画一张。";
export const figures = "模型卡片上的数字";
export const better = "更好";
export const all = "这份数据的所有模型的码率与失真";
export const rateAxis = "码率（奈特）";
export const distortionAxis = "失真（奈特）";
export const marked = "这些数字来自测试集图片；似然为伯努利时图片先二值化，而上面你的图片是灰度的，所以它的奈特数不同。“更好”由这些数字判断：只标出按 95 % 区间超出偶然的差别。码率和失真要一起看：它们的和是 −ELBO。";
export const plot = "每个模型的位置由卡片上的码率（编码携带的信息）和失真（重构缺失的部分）决定。同一条虚线上 ELBO 相同；越靠左下越好。箭头表示该模型的失真远超图的上端。";
export const columns = (/** @type {string} */ a, /** @type {string} */ b) => ["测试集", a, b, "单位", "含义"];
export const units = { nats: "奈特", "per pixel": "每像素", "of 1": "满分为 1" };
export const measures = {
  log_prob: ["log p(x)", "模型认为测试集图片有多大可能"],
  elbo: ["ELBO", "由编码器的 q(z|x) 得到的 log p(x) 的下界"],
  rate: ["码率", "编码携带多少信息：KL(q(z|x) ‖ p(z))"],
  distortion: ["失真", "重构缺失了什么：−E_q[log p(x|z)]"],
  amortization_gap: ["摊销差距", "如果每张图片都有自己最优的高斯分布，ELBO 会提高多少"],
  reconstruction_mse: ["平方误差", "重构的平方误差的平均值"],
  knn_accuracy: ["20 近邻准确率", "最近的 20 个训练编码中多数与其类别相同的测试集图片所占的比例"],
};
export const reasons = {
  data: "它们从不同的数据学习，所以数字不能比较。",
  likelihood: "它们的似然不同，所以奈特数不能比较。",
  class: "只有一个模型已知类别：它的数字是 p(x|类别) 的，编码只表示风格，所以不作比较。",
  autoencoder: "普通自编码器只为低失真而训练：它的编码是一个点，不是分布 q(z|x)，也不遵循任何先验，所以没有码率，也没有 ELBO。",
  iwae: "重要性加权下界最看重几个采样编码中最好的那个：log p(x) 升高，而对单个编码取平均的 ELBO 降低。",
  exact: "精确目标直接最大化 log p(x)，不用编码器，也不用下界：log p(x) 升高，而事后配上的编码器能达到的 ELBO 降低。",
  beta: "β 较小时编码携带更多信息（码率更高）：分布 q(z|x) 更窄，失真更低。β 较大时编码携带较少信息（码率更低），所以重构更差。",
  same: "它们为同一个目标而训练。",
};
export const alone = (/** @type {string} */ name) => `这里只有 ${name} 一个模型用这份数据，没有可以比较的模型。`;
export const which = "显示哪张地图";
export const mapOf = (/** @type {string} */ which) => `${which}编码的测试集图片`;
export const at = (/** @type {string} */ z) => `名称旁是各模型在 z = ${z} 处画出的图片。`;
export const decodedBy = (/** @type {string} */ name, /** @type {string} */ z, /** @type {string | null} */ label) => `${name} 在 z = ${z} 处解码${label === null ? "" : `，类别为“${label}”`}`;
export const stripBy = (/** @type {string} */ name, /** @type {number} */ n, /** @type {string} */ a, /** @type {string} */ b) => `${name} 在从 z = ${a} 到 z = ${b} 的直线上画的 ${n} 张图片`;
export const seenBy = (/** @type {string} */ name) => `${name} 看到的样子`;
export const withoutRate = (/** @type {string} */ name) => `${name}（没有码率）`;

export function paintedBy(/** @type {string} */ name, /** @type {string | null} */ label, /** @type {Measured | null} */ measured) {
  const read = label === null ? "" : `，读作“${label}”`;
  if (!measured) return `由 ${name} 画${read}`;
  const bound = measured.elbo === null ? "" : `，ELBO ${number(measured.elbo, 1)} 奈特`;
  return `由 ${name} 画${read}：失真 ${number(measured.distortion, 1)} 奈特${bound}`;
}

export const plotLabel = (/** @type {{ name: string, rate: number | null, distortion: number }[]} */ points) =>
  `码率与失真，单位奈特。${points.map(({ name, rate, distortion }) => `${name}：${rate === null ? "没有码率" : `码率 ${number(rate, 1)}`}，失真 ${number(distortion, 1)}`).join("；")}`;
