// What a term means: two sentences, for whoever has not met it.

/** By the word as it stands in sentences; a card may answer to several.
 * @type {{ picture: string, name: string, words: string[], card: string[] }[]} */
export const cards = [
  { picture: "code", name: "编码", words: ["编码是", "它的编码", "当前编码"], card: ["机器为一张图片保留的两个数字：平面上的一个位置。", "写作 z。相近的编码画出相似的图片。"] },
  { picture: "encoder", name: "编码器", words: ["编码器"], card: ["看图片并说出它在平面上位置的部分。", "它给出一个位置，也给出它有多不确定。"] },
  { picture: "decoder", name: "解码器", words: ["解码器"], card: ["用两个数字画出图片的部分。", "平面上的每个位置它都能画，即使从来没有图片被放在那里。"] },
  { picture: "prior", name: "先验", words: ["先验", "N(0, I)"], card: ["在看到图片之前对编码的看法：靠近中间，各个方向一样。", "它是每个轴上的钟形曲线 N(0, I)。"] },
  { picture: "guess", name: "q(z|x)", words: ["q(z|x)"], card: ["编码器对图片 x 可能有哪些编码的猜测：平面上的一个椭圆。", "它很快，但永远只是一个椭圆。"] },
  { picture: "posterior", name: "后验", words: ["后验", "p(z|x)"], card: ["由贝叶斯公式得到的、真正能解释这张图片的编码：先验乘以每处画得有多像。", "如果两处画得一样好，它会分成两块。"] },
  { picture: "nat", name: "奈特", words: ["奈特"], card: ["信息的单位，和比特一样：一奈特是 1.44 比特。", "多十奈特，可能性就大 22,000 倍。"] },
  { picture: "rate", name: "码率", words: ["码率"], card: ["编码对图片说了多少，单位奈特：q(z|x) 离先验有多远。", "零表示编码什么也没说。"] },
  { picture: "distortion", name: "失真", words: ["失真"], card: ["重画的图片缺失了什么，单位奈特，对所有像素求和。", "越低越好。"] },
  { picture: "elbo", name: "ELBO", words: ["ELBO", "证据下界"], card: ["码率与失真之和的相反数：训练就是让它尽可能大。", "它从不高于 log p(x)，所以是它的下界。"] },
  { picture: "kl", name: "KL", words: ["KL"], card: ["一个分布离另一个有多远，单位奈特，从不小于 0。", "两个方向的值不相同。"] },
  { picture: "evidence", name: "log p(x)", words: ["log p(x)"], card: ["把所有编码算在一起，模型认为这张图片有多大可能。", "只有两个数字时可以算出来；数字更多时只能给出界。"] },
];
