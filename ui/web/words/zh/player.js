// The animation along a path.

export const play = "播放";
export const pause = "暂停";
export const along = "沿着";
export const place = "路径上的位置";
export const speed = "速度";
export const endless = "往返不停";
export const picture = (/** @type {string} */ z) => `在 z = ${z} 处解码的图片`;
