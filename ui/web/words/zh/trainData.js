// 用户自己的训练图片。

export const className = "这是什么";
export const add = "加入这张图";
export const removeAll = "全部删除";
export const remove = (/** @type {string} */ name) => `删除这张“${name}”`;
export const counts = (/** @type {string[]} */ names) => `已画：${names.join("，")}。至少需要六张；三十张是个好的开始。`;
export const noneDrawn = "画一个图，写上它是什么，然后加入：三类各十张是个好的开始。";
export const noName = "请先写上它是什么：最多 40 个字。";
export const nothingDrawn = "纸上还什么都没有。请先画。";
export const tooMany = (/** @type {number} */ most) => `最多可放 ${most} 张图。请先删除一些。`;
export const notKept = "这个浏览器在这里不保存任何东西：关闭页面后图就消失。";
export const files = "选择一个文件夹，其中每一类有一个子文件夹；或选择文件；或把它们拖到这里。最多 2000 张图片，每张不超过 10 MB；它们不会离开这台电脑。";
export const kind = "它们是";
export const kinds = { ink: "纸上的墨迹", thing: "纯色背景上的物体", photo: "照片" };
export const folder = "文件夹";
export const some = "文件";
export const reading = "正在读取图片";
export const read = (/** @type {number} */ n, /** @type {string[]} */ classes) => (classes.length ? `${n} 张图片：${classes.join("，")}。` : `${n} 张图片，没有类别。`);
export const nothing = "这些文件都不能使用。";
export const leftOut = (/** @type {number} */ n) => `有 ${n} 个文件未采用`;
