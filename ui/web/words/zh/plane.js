// What a map of the plane says, on every tab that has one.

const list = (/** @type {[string, number][]} */ counts) => counts.map(([name, n]) => `${name}：${n}`).join("，");

export const map = "地图";
export const colourBy = "着色";
export const colours = { class: "类别", nothing: "不着色", distortion: "失真", rate: "码率", log_prob: "log p(x)", "k-means": "k 均值" };
export const groups = "组数：";
export const straight = "直线";
export const seconds = { near: "靠近数据的路径", shortest: "图片变化最少的路径" };
export const backdrop = "解码后的平面";
export const dragging = "拖动做什么";
export const move = "移动";
export const box = "框选";
export const lasso = "套索";
export const zoom = "缩放";
export const zoomIn = "放大";
export const zoomOut = "缩小";
export const reset = "还原";
export const classesShown = "显示的类别";
export const decoded = "解码";
export const original = "原图";
export const originalAlt = "测试集图片本身";
export const nats = "奈特";
export const selected = "选中的点";
export const contactSheet = "图片一览";
export const downloadCodes = "下载 CSV";
export const clear = "清除";
export const nothingSelected = "没有选中测试集图片。";
export const group = (/** @type {number} */ k) => `第 ${k} 组`;
export const unreadable = (/** @type {string} */ reason) => `无法读取编码后的测试集（${reason}）。请重新加载页面再试。`;
export const help = (/** @type {string} */ label) => `${label}。方向键移动编码，按住 Shift 更快；加号和减号缩放，零还原。`;
export const helpEnds = (/** @type {string} */ label) => `${label}。A 和 B 键选择端点，方向键移动它，按住 Shift 更快；加号和减号缩放，零回到路径。`;
export const place = (/** @type {string} */ z, /** @type {string | null} */ label) => `z = ${z}${label === null ? "" : `，类别为“${label}”`}`;

export function testImage(/** @type {number} */ index, /** @type {string | undefined} */ name, /** @type {number | null} */ ofGroup) {
  return `测试集图片 ${index}${name === undefined ? "" : `：${name}`}${ofGroup === null ? "" : `，第 ${ofGroup} 组`}`;
}

export function selectedWhat(/** @type {number} */ n, /** @type {[string, number][]} */ counts, /** @type {number} */ shown) {
  return `选中了 ${n} 张测试集图片${counts.length ? `（${list(counts)}）` : ""}。${shown < n ? `下面解码了前 ${shown} 张。` : ""}`;
}

export const agreement = (/** @type {number} */ k, /** @type {number | null} */ ari) => (ari === null
  ? `k 均值只按距离把测试集编码分成 ${k} 组。`
  : `k 均值只按距离把测试集编码分成 ${k} 组，不看类别。组与类别的调整兰德指数是 ${ari.toFixed(2)}：1 表示分组相同，0 表示偶然。`);

export const replay = {
  name: "回放训练过程",
  fetch: "回放训练过程",
  fetching: "正在获取训练的历史……",
  cancel: "取消",
  cancelled: "回放已取消。",
  play: "播放",
  pause: "暂停",
  epoch: "轮次",
  back: "回到训练好的模型",
  none: "这个模型的训练没有保存历史，所以不能回放。",
  unreadable: (/** @type {string} */ reason) => `无法读取训练的历史：${reason}。`,
  of: (/** @type {number} */ now, /** @type {number} */ end) => `${now.toFixed(1)} / ${Number(end.toFixed(1))}`,
  curve: (/** @type {string} */ name, /** @type {number} */ from, /** @type {number} */ to) =>
    `训练中的 ${name}：从每张测试集图片 ${from.toFixed(1)} 奈特到 ${to.toFixed(1)} 奈特`,
  dots: (/** @type {boolean} */ near) => "这些点是测试集图片当时的编码。指向时解码的仍是训练好的模型。"
    + (near ? "它们几乎不动：这次训练接着另一个模型进行，那里它们已经排好了。" : ""),
};
