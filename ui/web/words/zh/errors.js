// 出了什么问题，以 core/fault.js 的键为名：每一个都用在句子里。

export const unreachable = "网络不通，或者服务器没有回答";
export const status = (/** @type {number} */ code) => `服务器返回状态 ${code}`;
export const missing = (/** @type {string} */ file) => `缺少文件 ${file}`;
export const damaged = (/** @type {string} */ file) => (file ? `文件 ${file} 已损坏` : "文件已损坏");
export const otherImages = "它的图片与地图上的不同";
export const replaced = "另一个模型占用了它的位置，请再试一次";
export const late = "后来的请求取代了它";
export const stopped = "计算中断了，可能是内存不足";
export const noServer = "这个页面没有服务器";
export const fetch_originals = (/** @type {string} */ _sentence) => "数据集没有下载成功：服务器可能没有联网，或者数据目录不能写入。";
export const unknown = "页面遇到了未知的问题，详情见浏览器的控制台";
