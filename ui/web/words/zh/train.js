// 标签页“训练”。

import { number, percent } from "../../numbers.js";

export const lead = "按“训练”，看两个网络怎样把平面整理出来：没有人告诉它们类别。";
export const data = "图片";
export const sets = {
  digits: "真实数字，8 × 8", imagined: "mnist-cvae 想象的数字", drawings: "我画的图", pictures: "我的图片",
};
export const about = {
  digits: "1797 个人手写的数字（Optical Recognition of Handwritten Digits，Alpaydin 与 Kaynak，1998，UCI；CC BY 4.0）。",
  imagined: "另一个模型 mnist-cvae 刚刚画出的 4000 个数字：它们不是真的，但每一个的类别和两个风格数都是已知的。可以按它们给点着色。",
  drawings: "您画的图，以及稍作平移、旋转和缩放的副本。",
  pictures: "您的文件；如果很少，还有稍作平移、旋转和缩放的副本。它们不会离开这台电脑。",
};
export const making = "正在准备图片……";
export const go = "训练";
export const pause = "暂停";
export const goOn = "继续";
export const one = "走一步";
export const again = "重新开始";
export const counts = (/** @type {number} */ train, /** @type {number} */ test, /** @type {number} */ parameters) => `用 ${train} 张图片学习，留出 ${test} 张用来测试；共有 ${parameters.toLocaleString("en")} 个参数。`;
export const plane = "学习中的平面：每个点是一张图片，位于它的编码处";
export const planeNote = "点的后面是解码器在各处画出的图。";
export const colourBy = "着色依据";
export const colours = { class: "类别", first: "第一个风格数", second: "第二个风格数" };
export const beta = "β，码率的权重";
export const betaNote = "训练时也可以移动它，曲线会标出时刻。β 大：编码靠拢，说得更少。β 小：编码散开，说得更多。";
export const steps = "步数";
export const passes = "遍历图片的次数";
export const pace = "每秒步数";
export const knn = "20-NN 准确率";
export const exact = "精确的 log p(x)";
export const elbo = "ELBO";
export const memory = "内存";
export const figures = { knn: "留出的图片中，有多少与它 20 个邻居中的多数同类。", exact: "按贝叶斯公式计算，模型对留出的图片解释得有多好；每隔几秒测量一次。" };
export const nats = (/** @type {number} */ value) => `${number(value, 2)} 纳特`;
export const share = (/** @type {number} */ value) => percent(value, 1);
export const megabytes = (/** @type {number} */ value) => `${number(value, 1)} MB`;
export const charts = {
  elbo: "ELBO，每张图片的纳特数", bound: "ELBO 与精确的 log p(x)，每张图片的纳特数", distortion: "失真，每张图片的纳特数", rate: "码率，每张图片的纳特数", steps: "步数",
};
export const elboLine = "ELBO（训练）";
export const exactDots = "log p(x)（留出）";
export const chartWords = (/** @type {string} */ name, /** @type {number} */ from, /** @type {number} */ to) => `${name}：从 ${number(from, 1)} 到 ${number(to, 1)}`;
export const marks = { beta: (/** @type {number} */ value) => `β = ${value}`, rate: (/** @type {number} */ value) => `学习率 ${value}` };
export const recipe = "它怎样学习";
export const choices = {
  objective: ["最小化什么", "ELBO 让编码保持不确定；自编码器的编码是点；重要性加权下界更接近 log p(x)。"],
  samples: ["每张图片的编码数 K", "重要性加权下界为每张图片抽取多少个编码。"],
  likelihood: ["像素是", "以某个概率为白或黑（伯努利），或带有学得的偏差的灰度（高斯）。"],
  width: ["宽度", "每个隐藏层有多少个数。越宽学得越细，也越慢。"],
  blocks: ["残差块", "每个网络的残差块数。越多，平面可以弯得越厉害。"],
  rate: ["学习率", "一步走多远。太大时曲线会跳动。训练时可以改变。"],
  batch: ["每步的图片数", "越多，每一步越稳，也越慢。"],
  seed: ["种子", "在同一台电脑上，相同的种子给出相同的训练。"],
  fresh: ["每一步重新抽取黑白", "灰色像素有多亮，就以多大的概率为白。这使网络不会把图片死记下来。"],
};
export const objectives = { elbo: "ELBO（变分自编码器）", iwae: "重要性加权下界", autoencoder: "只有失真（自编码器）" };
export const likelihoods = { bernoulli: "伯努利", gaussian: "高斯" };
export const stale = "按“重新开始”以使用所作的更改。";
export const slow = "慢动作看一步";
export const slowLead = "一步对一张图片做了什么（此时还没有改变任何东西）。";
export const slowAgain = "再看一次";
export const slowOther = "换一张图片";
export const stages = {
  picture: "1. 一张图片 x。",
  posterior: (/** @type {string} */ mean, /** @type {string | null} */ std) => (std ? `2. 编码器回答 q(z|x)：均值 ${mean}，标准差 ${std}。` : `2. 编码器回答一个点 ${mean}：自编码器没有 q(z|x)。`),
  noise: (/** @type {string} */ noise) => `3. 抽取两个随机数：ε = ${noise}。`,
  code: (/** @type {string} */ z) => `4. 编码是均值加上标准差乘以 ε：z = ${z}。`,
  decoded: "5. 解码器画出这个编码。",
  cost: (/** @type {number} */ distortion, /** @type {number | null} */ rate, /** @type {number} */ beta) => (rate === null ? `6. 要付出的：失真 ${number(distortion, 1)} 纳特。` : `6. 要付出的：失真 ${number(distortion, 1)} 纳特，以及${beta === 1 ? "" : ` β = ${beta} 倍的`}码率 ${number(rate, 1)} 纳特。`),
  gradient: "7. 梯度说明均值应往哪里走，使两者之和下降：即箭头。所有权重都为此移动一点。",
};
export const slowMap = "这张图片的编码：椭圆是 q(z|x)，点是 z，箭头是梯度要把均值送去的方向";
export const mine = "我的模型";
export const added = (/** @type {string} */ name) => `它现在以 ${name} 的名字列在模型中，可用于所有标签页。`;
export const useIt = "在其他标签页使用它";
export const onHost = "在服务器的电脑上训练";
export const needSimd = "这个浏览器不能训练：它没有 WebAssembly 的 SIMD。近几年的浏览器都有。";
export const diverged = "数值变得过大，训练已停止。请用较小的学习率重新开始。";
export const tooFew = "图片不足六张：三类各两张即可开始。";
export const failed = (/** @type {string} */ why) => `训练已停止：${why}。`;
export const noModel = "想象数字的模型 mnist-cvae 不在这里。";
