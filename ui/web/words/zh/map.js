// The tab Map.

import { number, percent } from "../../numbers.js";

export const lead = "每个点是一张测试集图片，位于它的编码处。指向任何地方，看解码器在那里画什么；按下，它就成为当前编码。";
export const map = "编码后的测试集图片";
export const layer = "颜色图层";
export const layers = { none: "无", area: "面积因子", crowd: "聚合后验", regions: "k 近邻区域" };
export const neighbours = "近邻数 k";
export const waiting = "正在计算图层……";
export const fetch = "获取原始图片";
export const fetchFor = "数据集不在这台计算机的磁盘上。有了它，指向一个点就会在重构旁边显示原图。";
export const features = "两个数字保留了多少类别信息？";
export const featuresNote = "k 均值（在“着色”中选择）不看类别就把编码分成组，调整兰德指数说明这些组与类别有多一致：1 是完全一致，0 是偶然。k 近邻准确率是类别与其他测试集图片中最近 k 张的多数相同的图片所占的比例。编码旁边是 PCA（最好的线性编码）给同样图片的两个数字。";
export const theCode = "编码";
export const curves = "k 近邻准确率，按近邻数 k";
export const byNeighbours = "近邻数 k";
export const rightly = "由近邻说对类别的测试集图片";
export const help = "怎样使用地图";
export const helpParts = [
  "鼠标：按下选择编码，它的图钉可以拖动。滚轮缩放，在别处拖动是平移，双击还原。用“框选”或“套索”拖动会选择一些点：它们在地图下方解码和计数，也可以存为 CSV 文件。",
  "手指：轻触选择，图钉可以拖动，两指缩放。",
  "键盘：用 Tab 键来到地图。方向键移动编码（按住 Shift 更快），+、− 和 0 键放大、缩小和还原，S 键选择编码周围的点。",
  "“解码后的平面”在点的下面画出解码器在每处画的图片。",
  "圆圈是先验 p(z) = N(0, I) 的 1、2、3 个标准差；普通自编码器没有先验。地图下面的按钮隐藏或显示类别。",
];
export const area = "面积因子 log √det JᵀJ：编码走一小步图片变化最大的地方（黄色，如两种图片之间），以及几乎不变的地方（蓝色）。多一奈特就是 2.7 倍的面积变化。";
export const noCrowd = "普通自编码器没有 q(z|x)，也没有可比较的先验：没有聚合后验。";
export const noLabels = "这个模型的图片没有标签：近邻没有类别可说。";
export const oneLabel = "这个模型的测试集图片都属于一个类别：没有什么可区分的。";
export const styleOnly = "这个模型已知类别，所以它的编码只保留风格，对类别应当几乎什么也没说。";
export const notMeasured = (/** @type {string} */ name) => `这个模型的图层还没有测量。用这条命令测量：python -m vae_core.evaluate ${name} --only layers`;
export const unreadable = (/** @type {string} */ reason) => `无法读取这个模型的图层：${reason}。`;
export const rand = (/** @type {number} */ k) => `${k} 组的调整兰德指数`;
export const accuracy = (/** @type {number} */ k) => `${k} 近邻准确率`;

export const crowd = (/** @type {number} */ kl, /** @type {number} */ empty) =>
  `聚合后验与先验之比 log q(z) / p(z)，其中 q(z) 是 q(z|x) 在测试集上的平均：蓝色的地方图片比 N(0, I) 预期的少，从那里抽的样本看起来不对，因为解码器几乎没有见过这样的编码。在先验 ${percent(empty, 1)} 的概率质量上，q(z) 不到 p(z) 的百分之一；KL(q(z) ‖ p(z)) 是 ${number(kl, 2)} 奈特。`;

export const regions = (/** @type {number} */ k, /** @type {number} */ share) =>
  `k 近邻区域：每处的颜色是最近 k = ${k} 个测试集编码中最常见的类别。k = 1 时边界参差不齐；k 大时边界光滑，小区域消失。用同样的方法由其他测试集编码分类，${percent(share, 1)} 的测试集图片得到自己的类别（留一法）。`;
