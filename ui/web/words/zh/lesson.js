// The lesson: nine stops.

import { number, percent } from "../../numbers.js";

export const of = (/** @type {number} */ n, /** @type {number} */ all) => `第 ${n} 站，共 ${all} 站`;
export const minutes = (/** @type {number} */ from, /** @type {number} */ to) => `第 ${from} 到 ${to} 分钟`;
export const stopsLabel = "这堂课的各站";
export const done = "已完成";
export const predict = "先预测";
export const truth = "实际上";
export const why = "为什么";
export const formula = "公式";
export const computed = "vae_core 在这里计算它：";
export const back = "上一站";
export const next = "下一站";
export const skip = "跳过";
export const skipped = "你跳过了预测。";
export const answer = "这就是我的答案";
export const again = "重新回答";
export const failed = (/** @type {string} */ reason) => `这一站无法准备好：${reason}。`;
export const working = "实验室正在计算……";
export const modelMissing = (/** @type {string} */ name) => `这份实验室里没有这一站需要的模型 ${name}。其余各站可以照常进行。`;
export const mySheet = "我的答卷";
export const print = "打印";
export const save = "保存为网页";
export const reset = "重新开始这堂课";
export const resetSure = "再按一次：这里的所有答案都会被忘记";
export const teacher = "给老师";
export const teacherKey = "T";
export const name = "姓名";
export const date = "日期";
export const sheetTitle = "我的答卷：我的预测与实际结果";
export const notYet = "还没有回答";
export const worksheet = "练习单";
export const answers = "答案";
export const plan = "教案";
export const planColumns = ["站", "分钟", "全班预测什么", "答案"];
export const noNetwork = "教室里没有网络？整个实验室可以装进一个文件：python -m ui.export lab.html --models mnist-vae mnist-ae mnist-beta1 mnist-beta4 mnist-beta025。它有 51 MB：可以放在 U 盘里，也可以放到课程平台上；双击即可打开，这堂课也在里面。";
export const teacherHelp = "按 T 键打开或关闭这一页。用投影仪时，请在顶栏选择“投影”外观。答案只留在每位访问者的浏览器里，什么也不会发送。“重新开始”让下一个班从头做起。";
export const stage = "舞台";
export const hereYou = "你的答案";
export const hereTruth = "实际结果";

export const sketch = "没有图片的地图。点一个地方，或者用方向键移动十字，再按回车键。";
export const sketchNamed = (/** @type {string} */ what) => `地图：${what}`;
export const widths = ["横向有多宽（z1 的 σ）", "纵向有多宽（z2 的 σ）"];
export const orderHelp = "给每一项选一个名次。";
export const placeOf = (/** @type {string} */ name) => `${name} 的名次`;
export const goOn = "接着画：你觉得线的下面是什么？";
export const score = (/** @type {number} */ right, /** @type {number} */ all) => `${all} 题中答对了 ${right} 题。`;
export const rightAnswer = "正确。";
export const wrongAnswer = (/** @type {string} */ right) => `不完全对。答案是：${right}`;
export const seen = "模型看到的样子";
export const painted = "重新画出";
export const mine = "你画的";
export const mean = "所有结尾的平均";
export const ending = (/** @type {number} */ k) => `结尾 ${k}`;
export const sample = "抽样";
export const sampled = (/** @type {string} */ mean, /** @type {string} */ std, /** @type {string} */ noise, /** @type {string} */ z) => `z = μ + σ ε = ${mean} + ${std} · ${noise} = ${z}`;
export const sampledPicture = "解码器在那里画的图片";
export const side = (/** @type {number} */ k) => `模型 ${"AB"[k]}`;
export const isModel = (/** @type {number} */ k, /** @type {string} */ name, /** @type {number} */ lost) => `模型 ${"AB"[k]} 是 ${name}：2,000 个随机编码中，有 ${percent(lost, 1)} 在 0.1 以内没有测试集编码。`;
export const randomCodes = (/** @type {number} */ k) => `模型 ${"AB"[k]} 从随机编码画出的 30 张图片`;
export const rate = "码率";
export const distortion = "失真";
export const nats = "奈特";
export const score2 = (/** @type {number} */ logProb, /** @type {number} */ percentile) => `log p(x) = ${number(logProb, 1)} 奈特，低于 ${percent(1 - percentile / 100)} 的测试集图片`;
export const items = {
  "mnist-beta025": "β = ¼", "mnist-beta1": "β = 1", "mnist-beta4": "β = 4",
  heart: "一颗心", shoe: "一只鞋", turned: "倒过来的 4",
};

/** What is said when prediction and truth stand together. */
export const truths = {
  two: (/** @type {string} */ you, /** @type {string} */ there, /** @type {number} */ away) => `你选了 ${you}；编码器说是 ${there}。相差 ${number(away, 2)}，而整张地图大约宽 6。`,
  cloud: (/** @type {number[]} */ you, /** @type {number[]} */ there) => `你预计 σ = (${you.map((value) => number(value, 2)).join(", ")})；编码器说 σ = (${there.map((value) => number(value, 3)).join(", ")})。`,
  which: (/** @type {boolean} */ right, /** @type {number} */ k) => `${right ? "你说对了" : "是另一个"}：模型 ${"AB"[k]} 是普通的自编码器。`,
  order: (/** @type {string[]} */ you, /** @type {string[]} */ there) => `你说：${you.join("，")}。实际是：${there.join("，")}。`,
  bound: (/** @type {boolean} */ right, /** @type {number} */ modes) => `${right ? "你说对了" : "不合适"}：有 ${modes} 个分开的地方可以解释这张图片。`,
  gap: (/** @type {number} */ logProb, /** @type {number} */ elbo) => `log p(x) = ${number(logProb, 2)} 奈特，ELBO = ${number(elbo, 2)} 奈特：差距是 ${number(logProb - elbo, 2)} 奈特。`,
  bits: (/** @type {number} */ bits) => `仅从上半部分，模型就得知编码的 ${number(bits, 1)} 比特。`,
};

/** Of each stop: title, text, question, options if there are some, why, and the answer for the teacher. */
export const stops = [
  {
    title: "玩一玩",
    text: "在画板上画一个数字。编码器把它变成两个数，也就是它的编码：地图上的图钉。解码器只用这两个数画出一张图片。拖动图钉，看看会怎样。",
    question: "", options: [],
    why: ["784 个像素只留下两个数，所以图片回来时变得平滑，也有一点不同。", "平面上的每个地方都是一张图片：这张地图就是解码器能画的一切。"],
    key: "这一站不用预测：让大家玩。",
  },
  {
    title: "两个数",
    text: "这是一个带横杠的 7。编码器从没听说过横杠，也没听说过 7：它只从图片中学会了放在哪里才能让解码器重新画出来。",
    question: "它会落在地图的什么地方？", options: [],
    why: ["两个数是一个瓶颈：相像的图片只好住在一起，所以 7 都在一处，旁边是 9 和 4。", "现在画一个字母：编码器从没见过字母，但总得把它放在某处，于是它变成了最像的数字。"],
    key: "在 7（黄色）中间，靠近 9。字母会落在最像它的数字那里。",
  },
  {
    title: "一团云，而不是一个点",
    text: "编码器给出的不是一个地方，而是一团云：每个数有一个均值 μ 和一个宽度 σ。训练时，每次都从这团云里抽一个编码。",
    question: "这个 7 的云有多大？设定它的两个宽度。", options: [],
    why: ["因为编码是从云里抽出来的，云里的所有地方都必须画出几乎一样的图片：地图因此是平滑的。", "抽样写成 μ + σ ε，这样梯度可以到达 μ 和 σ：噪声 ε 单独抽取，不需要对它求导。"],
    key: "百分之几到十分之一个单位：比一簇小得多。梯度经过 μ 和 σ，不经过 ε。",
  },
  {
    title: "空洞",
    text: "两个训练方法相同的模型，只有一点不同：一个不加噪声，也没有 KL 项，是普通的自编码器；另一个是变分自编码器。这里是它们从相同的 30 个随机编码画出的图片。",
    question: "哪一个是普通的自编码器？", options: ["模型 A", "模型 B"],
    why: ["没有什么要求自编码器用满整个平面：它的编码之间有空洞，解码器在那里没有受过训练，画出的是混合物和碎片，而不是雪花噪点。", "KL 项把所有的云拉向 N(0, I)，于是随机编码几乎总是训练时见过的编码。"],
    key: "碎片更多的那一个。两边下方写着离所有测试集编码都远的随机编码所占的比例。",
  },
  {
    title: "账单",
    text: "变分自编码器要付两笔账：码率，以奈特计，是编码所说的内容；失真，是图片还缺少的内容。β 是码率的价格。这三个模型只有 β 不同。",
    question: "按照画你的图片时的清晰程度给三个模型排序：最清晰的在前。", options: [],
    why: ["价格高，编码就说得少：码率下降，失真上升，图片变成模糊的平均；两项都是总和，分别对两个数和 784 个像素求和。", "谁对 784 个像素取平均而不是求和，就在不知不觉中把 β 设成了 784，并奇怪为什么所有图片都一样；训练中码率上升也不是失败，而是编码在学习说话。"],
    key: "β = ¼、1、4。码率按这个顺序下降，失真按这个顺序上升。",
  },
  {
    title: "下界",
    text: "贝叶斯公式告诉我们哪些编码可能产生一张图片：真实后验。编码器用一个椭圆来猜它。在二维中我们不用猜：积分就是对网格求和。",
    question: "一个椭圆能贴合这个 7 的真实后验吗？", options: ["能，一个椭圆就够了。", "不能，它不止在一个地方。"],
    why: ["一个高斯分布不能同时在两个地方，所以 ELBO 低于 log p(x)，差距正好是 KL(q ‖ p(z|x))。", "维数高时积分算不出来，只剩下这个下界；在这里两者都算得出。"],
    key: "不能：有两个地方，概率大约是三分之二和三分之一。",
  },
  {
    title: "模糊",
    text: "一个数字只剩下上半部分。许多结尾都合适。模型知道每种结尾的可能性，可以逐个抽取，也可以求平均。",
    question: "按你的预计画出缺少的一半。", options: [],
    why: ["每个结尾都是清晰的，但它们各不相同，平均起来就模糊了：模糊就是许多可能性的平均的样子。", "所以模糊不只是 KL 项造成的：解码器必须用一张图片回答许多可能时，就用它们的平均来回答。"],
    key: "好几个数字都合适：9、4、7。它们不同的地方，平均图是灰色的。",
  },
  {
    title: "用起来",
    text: "log p(x) 说的是一张图片在模型看来有多可能。它能找出格格不入的东西：在工厂里，在医院里，在一堆信件里。效果如何？试三张不是数字的图片。",
    question: "按模型会觉得多奇怪来排序：最奇怪的在前。", options: [],
    why: ["由数字以外的笔画组成的图片，log p(x) 很低；由相同笔画在别处组成的图片可能蒙混过关。", "模型卡片写着有多常见：衣物几乎总能与数字区分开，倒过来的数字只有四分之三的时候能区分。"],
    key: "鞋远远是最奇怪的。另外两张的数值写在下面。",
  },
  {
    title: "出口",
    text: "五个问题。每个答案都在某一站出现过。",
    question: "", options: [], why: [], key: "",
  },
];

/** The exit: question, options, explanation. Which option is right stands in lessons/stops.js. */
export const quiz = /** @type {[string, string[], string][]} */ ([
  ["一篇教程把失真对 784 个像素取平均，再加上 KL。会发生什么？", ["没有什么：只是尺度不同。", "码率的分量大了 784 倍：所有图片看起来都一样。", "图片变得更清晰。"],
    "取平均把失真除以 784，相当于 β 等于 784：编码几乎什么也不说（第 5 站）。"],
  ["训练中 KL 项上升了一段时间。这说明什么？", ["训练失败了。", "学习率太高。", "编码说出了更多关于图片的内容。"],
    "码率就是编码所说的内容，以奈特计。只要失真因此减少，它就会上升（第 5 站）。"],
  ["随机抽取编码时，梯度往哪里走？", ["经过 μ 和 σ；噪声 ε 是单独抽取的。", "哪里也不去：抽样不能求导。", "经过 ε，它是学出来的。"],
    "无论 ε 是什么，z = μ + σ ε 都平滑地依赖于 μ 和 σ（第 3 站）。"],
  ["普通的自编码器从随机编码画出什么？", ["雪花噪点。", "没有编码的地方是数字的混合物和碎片，别处是数字。", "总是同一张图片。"],
    "它的解码器也是平滑的。没有训练过的地方看起来像是介于两者之间的东西（第 4 站）。"],
  ["变分自编码器的图片为什么模糊？", ["只因为 KL 项。", "因为二维是更多维的投影。", "因为一张图片代表了许多张，它们的平均是模糊的。"],
    "许多清晰结尾的平均是模糊的，不管有没有 KL（第 7 站）。这两个数也不是某个更大编码的投影：它们就是全部（第 2 站）。"],
]);
