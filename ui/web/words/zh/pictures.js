// Where a picture comes from, why one cannot be used, and what is doubtful about one.

const mega = (/** @type {number} */ value) => value.toFixed(1);
const FORMATS = "请使用 PNG、JPEG、WebP、GIF、BMP 或 AVIF 图片";

export const pad = "画图的纸";
export const padHelp = "用鼠标、笔或手指画图的纸。用键盘：方向键移动笔，空格键落笔和抬笔，Ctrl 和 Z 撤销一笔。";
export const undo = "撤销";
export const clear = "清空";
export const upload = "上传";
export const paste = "粘贴";
export const camera = "相机";
export const shoot = "拍下这张";
export const closeCamera = "关闭相机";
export const stays = "图片留在这台设备上。";

export const blank = "这张图片上什么也看不到：它像是空白的。请画一张，或者给一张白纸上笔画清楚的图片。";
export const emptyCrop = "图片的这一部分什么也看不到。请把框放大，或者由实验室选择。";
export const otherShape = "这张图片是为另一个模型做的。请选一个例子，或者画一张。";
export const empty = `这个文件是空的。${FORMATS}。`;
export const unreadable = `这个文件不是浏览器能读的图片。${FORMATS}。`;
export const heic = "这是 iPhone 拍的 HEIC 图片，浏览器读不了。请存为 JPEG，或者发送它的截图。";
export const noPicture = `你给的东西里没有图片。${FORMATS}。`;
export const noClipboard = "浏览器不允许页面读取剪贴板。请改用 Ctrl 和 V，或者上传文件。";
export const noCamera = "页面没有得到相机：没有相机，或者没有获得许可。请改为上传图片。";
export const tooLarge = (/** @type {number} */ size) => `这个文件有 ${mega(size)} MB。请使用不超过 10 MB 的文件。`;
export const tooManyPixels = (/** @type {number} */ width, /** @type {number} */ height) => `这张图片有 ${width} × ${height} 个像素。请使用不超过 2500 万像素的图片。`;
export const tooSmall = (/** @type {number} */ width, /** @type {number} */ height) => `这张图片只有 ${width} × ${height} 个像素。请使用至少 4 × 4 的图片。`;
export const encoder = (/** @type {string} */ reason) => `编码器无法加载（${reason}）。再画一次就会重试。`;

/** Why the ink may not be what was meant: the keys of vae_core.images.DOUBTS. */
export const doubts = {
  "several-groups": "有好几处笔迹，你指的可能是另一处。",
  border: "笔画碰到图片的边缘，可能有一部分被切掉了。",
  line: "取用的笔迹又长又细，像纸上的一条线。",
  "low-contrast": "有些笔迹比其余的淡得多：可能是污渍或阴影。",
};
