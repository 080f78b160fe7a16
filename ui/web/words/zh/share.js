// The link to a view.

export const open = "分享";
export const title = "这个视图的链接";
export const meaning = "打开它的人会看到同样的模型、页面和编码。什么也不上传：一切都在链接里。";
export const drawing = "带上我的画";
export const qr = "链接的二维码";
export const tooLong = "链接太长，做不成二维码。请改为复制。";
export const copy = "复制链接";
export const copied = "链接已复制。";
export const notCopied = "浏览器不允许页面复制。请选中链接，手动复制。";
export const close = "关闭";
