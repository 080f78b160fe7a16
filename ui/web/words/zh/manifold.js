// The tab Manifold.

export const lead = "这个解码器能画的一切，在一张纸上。想放多大就放多大：旧图片之间会出现新图片。";
export const label = "解码后的平面";
export const sheet = "图片拼成的一张纸";
export const poster = "把这个视图做成海报";
export const progress = "海报的进度";
export const download = "下载（PNG）";
export const cancelled = "海报已取消。";
export const tooLarge = "浏览器做不了这么大的图片：请选小一点的。";
export const fetching = "正在获取模型……";
export const help = "怎样使用这张纸";
export const helpParts = [
  "鼠标：滚轮缩放，拖动平移，双击还原；按下一张图片，它的编码就成为当前编码，由圆圈标出。",
  "手指：轻触选择，两指缩放，之后一指平移。",
  "键盘：用 Tab 键来到这张纸。方向键移动视图，+、− 和 0 键放大、缩小和还原，回车键选择中间的图片。",
  "等概率：先验 p(z) = N(0, I) 放的编码多的地方，图片也多；从一张到下一张，编码在 (0, 0) 附近移动得少，在边缘移动得多。一张图片的中心左边有概率 u，下边有概率 v，它的编码是 z = (Φ⁻¹(u), Φ⁻¹(v))。",
  "这里什么也没有存储：每张图片在看到它的时候，由你的浏览器解码。",
];
export const keys = (/** @type {string} */ name) => `${name}。方向键移动视图，加号和减号缩放，零还原，回车键把中间图片的编码设为当前编码。`;
export const pictures = (/** @type {string} */ name, /** @type {number} */ n, /** @type {string[]} */ low, /** @type {string[]} */ high) =>
  `${name}：约 ${n} × ${n} 张图片，z1 从 ${low[0]} 到 ${high[0]}，z2 从 ${low[1]} 到 ${high[1]}`;
export const picked = (/** @type {string} */ z) => `当前编码现在是 ${z}。`;
export const middle = (/** @type {string} */ z) => `中间是 ${z}。按回车键把它设为当前编码。`;
export const amount = (/** @type {number} */ n, /** @type {number} */ width, /** @type {number} */ height) => `${n} × ${n} 张图片，${width.toLocaleString("en")} × ${height.toLocaleString("en")} 像素`;
export const ready = (/** @type {string} */ file) => `海报做好了：${file}。`;

export function where({ square, tiles, zoom, deepest, same }) {
  const share = square ? "这个普通自编码器没有先验：图片均匀地切分包含其编码的正方形。" : `每张图片占先验概率的 1 / ${tiles}。`;
  const zoomed = zoom ? `放大 ${zoom} 倍${deepest ? "，到了 16 位数字的极限" : ""}。` : "";
  return share + zoomed + (same ? "再放大也看不到更细的东西：视图中没有一个像素的变化达到 255 级中的半级。" : "");
}
