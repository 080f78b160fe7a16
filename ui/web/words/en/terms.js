// What a term means: two sentences, for whoever has not met it.

/** By the word as it stands in sentences; a card may answer to several.
 * @type {{ picture: string, name: string, words: string[], card: string[] }[]} */
export const cards = [
  { picture: "code", name: "code", words: ["code", "codes"], card: ["The two numbers that the machine keeps of a picture: a place on the plane.", "It is written z. Near codes are painted alike."] },
  { picture: "encoder", name: "encoder", words: ["encoder"], card: ["The part that looks at a picture and says where on the plane it belongs.", "It answers with a place and with how unsure it is."] },
  { picture: "decoder", name: "decoder", words: ["decoder"], card: ["The part that paints a picture from two numbers.", "It paints something for every place on the plane, even where no picture was ever put."] },
  { picture: "prior", name: "prior", words: ["prior", "N(0, I)"], card: ["What is believed of a code before any picture is seen: near the middle, and equally far in all directions.", "It is the bell curve N(0, I), one along each axis."] },
  { picture: "guess", name: "q(z|x)", words: ["q(z|x)"], card: ["The encoder's guess which codes a picture x may have: an ellipse on the plane.", "It is quick, and only ever one ellipse."] },
  { picture: "posterior", name: "posterior", words: ["posterior", "p(z|x)"], card: ["Which codes really explain the picture, by Bayes' rule: the prior times how well each place paints it.", "It may split in two, where two places paint the picture equally well."] },
  { picture: "nat", name: "nat", words: ["nats", "nat"], card: ["A unit of information, as bits are: one nat is 1.44 bits.", "Ten nats more make something 22,000 times as probable."] },
  { picture: "rate", name: "rate", words: ["rate"], card: ["How much the code says of the picture, in nats: how far q(z|x) is from the prior.", "Zero means that the code says nothing."] },
  { picture: "distortion", name: "distortion", words: ["distortion"], card: ["What the painted picture misses of the given one, in nats, summed over all pixels.", "Lower is better."] },
  { picture: "elbo", name: "ELBO", words: ["ELBO"], card: ["Minus the sum of rate and distortion: what training makes as large as it can.", "It is never above log p(x), so it is a lower bound of it."] },
  { picture: "kl", name: "KL", words: ["KL"], card: ["How far one distribution is from another, in nats, and never below 0.", "It is not the same in both directions."] },
  { picture: "evidence", name: "log p(x)", words: ["log p(x)"], card: ["How probable the model finds this picture, all codes taken together.", "With two numbers it can be computed; with more it can only be bounded."] },
];
