// The tab Generate.

export const lead = "要一些新图片：实验室随机抽取编码，解码器画出每个编码代表的图片。";
export const source = "编码来自";
export const sources = { prior: "先验", aggregate: "聚合后验", around: "当前编码的周围", class: "一个类别" };
export const classPicker = "类别";
export const radius = "半径";
export const pick = "选择在哪个编码周围生成";
export const n = "图片数";
export const temperature = "温度";
export const temperatureNote = "温度为 1 时按模型抽取编码；低于 1 时更典型，高于 1 时更奇特。";
export const seed = "种子";
export const go = "生成";
export const another = "换一个种子";
export const tile = "生成的图片";
export const files = { png: "下载拼图（PNG）", zip: "下载图片和表格（ZIP）", npz: "下载 NumPy 数组（.npz）" };
export const nothing = "没有可以下载的图片。";
export const noClasses = "这个模型的图片没有标签，所以没有类别可选。请选择别的来源。";
export const badSeed = (/** @type {number} */ most) => `种子不是 0 到 ${most} 之间的整数：请输入一个。`;
export const notes = (/** @type {boolean} */ mnist) => "每张图片是解码器在其编码处的期望，即均值 E[x|z]。按下一张，它的编码就成为当前编码。训练集图片的编码不随模型提供，所以边框是与测试集图片的编码比较。"
  + (mnist ? "这样的数字图片对训练分类器没有帮助：用 100 个有标签的 MNIST 数字训练的分类器，加上由同样 100 个数字训练的模型画的 2,000 张图片后，准确率下降了 3 个百分点（docs/augmentation.md）。" : "");

export function sentence({ n: count, source: from, name, conditional, probabilistic, z, radius: reach, known, repeated, same }) {
  const as = conditional ? `，按类别“${name}”解码` : "";
  const how = {
    prior: `${count} 张图片，来自先验 N(0, I)${as}。`,
    aggregate: `${count} 张图片，来自聚合后验，即 q(z|x) 在测试集上的平均${as}。`,
    around: `${count} 张图片，来自以 z = ${z} 为中心、半径 ${reach.toFixed(2)} 的圆${as}。`,
    class: conditional ? `${count} 张类别为“${name}”的图片，来自先验 N(0, I)。` : `${count} 张类别为“${name}”的图片，来自该类测试集图片的 q(z|x)。`,
  }[from];
  const point = probabilistic ? ""
    : from === "prior" ? "普通自编码器训练时没有先验：许多这样的编码处没有它的任何图片。"
    : from === "around" ? ""
    : "普通自编码器的 q(z|x) 是一个点，所以这些就是测试集图片自己的编码：没有一张图片是新的。";
  const old = known ? `${count} 张中有 ${known} 张离某张测试集图片的编码不到 ${same}（有边框）：它就是那张图片的重构，不是新的。` : "";
  const twice = repeated ? `${count} 张中有 ${repeated} 张离另一张不到 ${same}（虚线框）：肉眼看来是同一张图片。` : "";
  return how + point + (old + twice || `没有两张相同，也没有一张是测试集图片的重构：彼此都相距 ${same} 以上。`);
}
export const styles = "所有类别的同一种笔迹";
