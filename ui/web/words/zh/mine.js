// 用户自己的模型。

export const lead = "您在这里训练的，或从 ZIP 打开的模型。它们只在这台电脑上；用 ZIP 可以带到另一台电脑，或带进 Python。";
export const open = "打开模型的 ZIP";
export const use = "使用";
export const download = "下载 ZIP";
export const forget = "删除";
export const useNamed = (/** @type {string} */ name) => `使用 ${name}`;
export const downloadNamed = (/** @type {string} */ name) => `把 ${name} 下载为 ZIP`;
export const forgetNamed = (/** @type {string} */ name) => `删除 ${name}`;
export const kept = "（浏览器已保存）";
export const notKept = "（未保存：浏览器没有空间，关闭页面后它就消失）";
export const none = "还没有。";
export const opened = (/** @type {string} */ name) => `已打开模型 ${name}。`;
const ACCEPTED = "可以用本页面生成的 ZIP，或 weights/ 中某个文件夹的 ZIP";
export const problems = {
  noZip: `这个文件不是 ZIP。${ACCEPTED}。`,
  damaged: `这个 ZIP 已损坏。${ACCEPTED}。`,
  encrypted: `这个 ZIP 已加密，或其压缩方式浏览器无法读取。${ACCEPTED}。`,
  tooLarge: "这个 ZIP 超过 40 MB。一个模型只有几 MB。",
  tooMany: (/** @type {number} */ most) => `这个 ZIP 中的文件超过 ${most} 个。一个模型有六个文件。`,
  oddName: (/** @type {string} */ name) => `ZIP 中有一个文件的名字指向别处：${name}。${ACCEPTED}。`,
  missing: (/** @type {string} */ name) => `这个 ZIP 中没有 ${name}。${ACCEPTED}。`,
  badConfig: (/** @type {string} */ field) => `模型的 config.json 不能使用：${field} 不符合要求。${ACCEPTED}。`,
  badFile: (/** @type {string} */ name) => `${name} 不是 safetensors 文件，或不完整。${ACCEPTED}。`,
  badTensor: (/** @type {string} */ name, /** @type {string} */ key) => `${name} 与模型不符：${key} 缺失、大小不对，或含有不是数的值。${ACCEPTED}。`,
};
