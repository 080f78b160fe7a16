// The class wall.

export const meant = "我想画的是";
export const unsaid = "我不说";
export const send = "发送到全班";
export const noPicture = "请先画点什么，再发送。";
export const sending = "你的编码正在发送。";
export const waiting = "还没有发送成功。页面会自动重试。";
export const sent = (/** @type {string} */ z, /** @type {string | null} */ label) => (label === null ? `你的编码 ${z} 已经在老师的地图上。` : `你的编码 ${z} 已经在老师的地图上，想画的是“${label}”。`);
export const failed = (/** @type {string} */ reason) => `你的编码没能发送（${reason}）。请再按一次按钮。`;
export const help = (/** @type {string} */ model) => `每个图钉是一位同学的画的编码，颜色表示想画的类别。后面是 ${model} 的测试编码：大家都应使用这个模型。`;
export const count = (/** @type {number} */ n) => (n === 0 ? "这里还没有图钉。" : `这里有 ${n} 个图钉。`);
export const map = (/** @type {number} */ n) => `这张地图显示全班发来的编码，目前有 ${n} 个。`;
export const clear = "清空";
export const sure = "再按一次：所有图钉都会消失";
export const cleared = "已经清空。";
export const lost = "服务器没有回应。页面会再次询问。";
export const refused = "这不是老师的地址，或者服务器已经重新启动。请打开 app.py 打印的地址。";
