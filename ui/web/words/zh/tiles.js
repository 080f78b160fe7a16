// Generated pictures, one by one.

export const nearest = "最近的测试集图片，由解码器画出";
export const label = (/** @type {number} */ n) => `${n} 张生成的图片；方向键从一张到下一张`;
export const done = (/** @type {number} */ k, /** @type {number} */ n) => `${k} / ${n}`;

export function about({ k, n, z, index, name, distance, known, repeated }) {
  return [
    `第 ${k + 1} 张，共 ${n} 张，z = ${z}`,
    `最近的编码后的测试集图片是第 ${index} 号${name === undefined ? "" : `（${name}）`}，距离 ${distance.toFixed(4)}。`,
    ...(known ? ["不是新的：它看起来就是那张图片的重构。"] : []),
    ...(repeated ? ["这里还有一张看起来一样。"] : []),
  ].join("\n");
}
