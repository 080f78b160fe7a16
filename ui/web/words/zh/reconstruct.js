// The tab Reconstruct.

import { number, percent } from "../../numbers.js";

export const lead = (/** @type {boolean} */ ink) => `${ink ? "画一个数字" : "选一个例子"}，或者给一张图片。编码器只留下它的两个数字，即它的编码；解码器再用这两个数字把它画出来。`;
export const given = "你的图片";
export const where = "这张图片的编码在测试集图片中的位置";
export const again = "重新画出";
export const seen = "模型看到的样子";
export const reconstruction = "重画的图片";
export const meanwhile = (/** @type {string} */ z) => `在 ${z} 处解码；编码器就要到了`;
export const difference = (/** @type {boolean} */ ink) => (ink ? "蓝色多出，橙色缺失" : "蓝色更亮，橙色更暗");
export const download = "下载";
export const nearby = "附近住着谁";
export const nothing = "没有图片。请画一张、上传一张，或者选一个例子。";
export const closeup = "这张图片的编码可能所在之处的特写";
export const hidden = "如果遮住它的一部分呢？";
export const sure = "它有多确定？";
export const numbers = "数字";
export const unusual = "它不寻常吗？";
export const bayes = "贝叶斯公式怎么说";
export const preparing = "正在解码平面，每个模型只需一次。";
export const legend = "阴影：由贝叶斯公式得到的真实后验 p(z|x)。椭圆：编码器的猜测 q(z|x)，一个和两个标准差。";
export const noGuess = "普通自编码器没有可比较的 q(z|x)：它的编码是地图上的十字。阴影是它的解码器在先验 N(0, I) 下的后验。";
export const samples = "从 z ~ q(z|x) 解码的四个样本：编码器还可能把它当成什么。";
export const noSamples = "没有样本：普通自编码器只给一个点，没有可抽样的分布。";
export const noPosterior = "普通自编码器没有 q(z|x)：它只给一个点，没有不确定性，所以没有码率，也没有 ELBO。";
export const density = "这个模型用高斯似然，这些奈特数是 [0, 1] 内像素的概率密度的，不是概率的：密度可以大于 1，所以 ELBO 可以大于 0，失真可以小于 0。";
export const style = "这个模型已知类别，所以它的编码只保留风格：近邻可以属于任何类别。";
export const columns = ["", "数值", "单位", "含义"];

export const histogram = "测试集图片的可能性；竖线是这张图片";
export const images = "测试集图片数";
export const code = (/** @type {string} */ z, /** @type {string | null} */ label) => (label === null ? `它的编码是 ${z}。` : `读作“${label}”；它的编码是 ${z}。`);

export const mode = (/** @type {number} */ mass, /** @type {string} */ z) => `${percent(mass)} 在 ${z}`;

export function around(/** @type {number} */ distance, /** @type {string} */ name, /** @type {number} */ n, /** @type {number} */ all) {
  if (distance > 0.2) return "这里没有人住：没有一张测试集图片的编码这么近，解码器没有在这样的编码上训练过，所以图片只是猜测。";
  if (!name) return "这些是编码最近的测试集图片，由解码器画出。";
  return `测试集图片中与它最近的 ${all} 个近邻里，有 ${n} 个的类别是“${name}”。`;
}

/** Rows of a table: name, value, unit, meaning. */
export function figures({ mean, std, rate, distortion, elbo, average, conditional }) {
  const pair = (/** @type {number[]} */ values, /** @type {number} */ digits) => `(${values.map((value) => number(value, digits)).join(", ")})`;
  const evidence = conditional ? "log p(x|类别)" : "log p(x)";
  const tested = average === undefined ? "" : `；测试集平均为 ${number(std ? -average : average, 1)}`;
  return [
    [std ? "均值" : "编码", pair(mean, 2), "z 的单位", "编码：编码器把这张图片放在地图的什么地方"],
    ["标准差", std ? pair(std, 3) : "—", "z 的单位", "编码器对每个数字有多不确定"],
    ["码率", std ? number(rate, 2) : "—", "奈特", "编码中的信息：KL(q(z|x) ‖ p(z))，即 q 离先验有多远"],
    ["失真", number(distortion, 1), "奈特", `重构缺失了什么：${std ? "−E_q[log p(x|z)]" : "−log p(x|z)"}，越低越好${std ? "" : tested}`],
    ["ELBO", std ? number(elbo, 1) : "—", "奈特", `−(码率 + 失真)，${evidence} 的下界：越高越像训练集图片${std ? tested : ""}`],
  ];
}

/** The same of exact inference. */
export function exact({ logProb, elbo, gap, conditional }) {
  return [
    [conditional ? "log p(x|类别)" : "log p(x)", number(logProb, 1), "奈特", "精确值：对所有编码积分，而 ELBO 只是它的下界"],
    ["ELBO", elbo === null ? "—" : number(elbo, 1), "奈特", "编码器的猜测 q(z|x) 能达到的值"],
    ["KL(q ‖ p(z|x))", gap === null ? "—" : number(gap, 2), "奈特", "两者之差：猜测离真实后验有多远"],
  ];
}

export function verdict(/** @type {number} */ modes, /** @type {number} */ near) {
  const several = `有 ${modes} 个分开的编码能解释这张图片，每个都占真实后验的 5 % 以上；下面是解码器在那里画的图片。`;
  const one = "有一个编码最能解释这张图片；下面是解码器在那里画的图片。";
  const what = modes > 1 ? several : one;
  if (Number.isNaN(near)) return what;
  if (near < 0.5) return `编码器没有找对：真实后验只有 ${percent(near)} 在它的猜测附近。它只用一步就给每张图片一个猜测，偏得远了也没有什么来纠正。${what}`;
  if (modes > 1) return `${what}编码器的单个高斯分布覆盖了真实后验的 ${percent(near)}；它不能同时覆盖几个峰。`;
  return `编码器找对了：真实后验的 ${percent(near)} 在它的猜测附近。${what}`;
}

export function strange(/** @type {number} */ percentile, /** @type {boolean} */ doubt, /** @type {boolean} */ conditional) {
  const told = conditional ? "log p(x|类别)" : "log p(x)";
  const place = `${number(percentile, 0)} % 的测试集图片的 ${told} 更低。`;
  const of = doubt ? "现在还没有人能说：模型看到的可能不是你的意思。"
    : percentile < 1 ? `非常奇怪：几乎没有测试集图片的 ${told} 这么低。`
    : percentile < 5 ? `奇怪：很少有测试集图片的 ${told} 这么低。`
    : percentile <= 95 ? "平常：在测试集图片的范围之内。"
    : "可能性异常地高，简单的图片就是这样；这并不说明它典型。";
  return { verdict: of, place, chart: `测试集图片的 ${told} 的直方图，单位奈特。${place}标记是这张图片。`, axis: `${told}（奈特）` };
}
