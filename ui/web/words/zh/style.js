// The tab Style.

export const lead = "已知类别的模型只把风格留在两个数字里，所以一个编码可以按每个类别解码：对数字来说，就是十个数字的同一种笔迹。按下一张图片，它的编码和类别就成为当前的。";
export const yours = "你的";
export const noPicture = "“重构”页上没有图片。";
export const notTold = (/** @type {string} */ name, /** @type {boolean} */ others) =>
  `${name} 不知道类别：类别和风格共用两个数字，所以没有单独的风格。${others ? "这些模型知道类别：" : "这里没有知道类别的模型。"}`;
export const use = (/** @type {string} */ name) => `使用模型 ${name}`;
export const readAs = (/** @type {string} */ label) => `第一行是你在“重构”页上的图片的风格，它被读作类别“${label}”。`;
export const as = (/** @type {string} */ style, /** @type {string} */ label) => `${style}，类别为“${label}”`;
