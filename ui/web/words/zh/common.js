// What more than one tab says.

export const language = "zh-Hans"; // for screen readers: BCP 47
export const title = "Latent Lab";
export const model = "模型";
export const mine = (/** @type {string} */ name, /** @type {boolean} */ kept) => `${name}（${kept ? "我的" : "我的，未保存"}）`;
export const classPicker = "类别";
export const takeBack = "撤回上一步（Ctrl+Z）";
export const makeAgain = "恢复刚才撤回的一步（Ctrl+Shift+Z）";
export const code = "当前编码";
export const languagePicker = "语言";
export const look = "外观";
export const looks = { system: "跟随系统", light: "浅色", dark: "深色", projector: "投影" };
export const aboutModel = "关于这个模型";
export const tabsLabel = "要做什么";
export const loading = (/** @type {number} */ share) => `正在获取模型：${Math.round(100 * share)} %`;
export const failed = (/** @type {string} */ reason) => `模型无法加载（${reason}）。请重新加载页面再试，或者选择另一个模型。`;
export const noScript = "实验室在浏览器中运行，需要 JavaScript。";
export const tabs = {
  lesson: "课程",
  reconstruct: "重构", decode: "解码", interpolate: "插值", map: "地图", compare: "比较",
  generate: "生成", train: "训练",
};
export const objectives = {
  elbo: "证据下界 ELBO", iwae: "重要性加权下界", autoencoder: "普通自编码器", exact: "精确似然",
};

/** What a link asked for. */
export const noModel = (/** @type {string} */ name) => `这里没有模型 ${name}：显示的是另一个。`;

/** A model in a line.
 * @param {Description} model */
export function about({ title: data, shape: [channels, height, width], classes, gaussian, objective, beta, probabilistic, conditional }) {
  const n = classes.length;
  return [
    data, `${height}×${width} ${channels === 3 ? "彩色" : "灰度"}`,
    n > 1 ? `${n} 个类别` : n ? "一个类别" : "没有标签",
    gaussian ? "高斯似然" : "伯努利似然",
    objectives[objective] + (probabilistic && beta !== 1 ? `，β = ${beta}` : ""),
    ...(conditional ? ["已知类别"] : []),
  ].join(" · ");
}
