// The tab Generate.

export const lead = "Ask for new pictures: the lab draws codes at random, and the decoder paints what each of them stands for.";
export const source = "Codes from";
export const sources = { prior: "the prior", aggregate: "the aggregate posterior", around: "around the current code", class: "one class" };
export const classPicker = "Class";
export const radius = "Radius";
export const pick = "Pick the code to generate around";
export const n = "Pictures";
export const temperature = "Temperature";
export const temperatureNote = "At temperature 1 codes are drawn as the model says; below, they are more typical; above, stranger.";
export const seed = "Seed";
export const go = "Generate";
export const another = "New seed";
export const tile = "generated";
export const files = { png: "Download the grid (PNG)", zip: "Download pictures and table (ZIP)", npz: "Download NumPy arrays (.npz)" };
export const nothing = "There are no pictures to download.";
export const noClasses = "This model's pictures have no labels, so there is no class to draw from. Choose another source.";
export const badSeed = (/** @type {number} */ most) => `The seed is no whole number from 0 to ${most}: type one.`;
export const notes = (/** @type {boolean} */ mnist) => "Each picture is what the decoder expects at its code, its mean E[x|z]. Press one to make it the current code. The training images' codes do not come with the model, so the frames compare with the test images' codes."
  + (mnist ? " Such pictures of digits did not help to train a classifier: one with 100 labelled MNIST digits lost 3 points of accuracy when 2,000 pictures were added that a model trained on those same 100 had made (docs/augmentation.md)." : "");

export function sentence({ n: count, source: from, name, conditional, probabilistic, z, radius: reach, known, repeated, same }) {
  const many = count > 1 ? `${count} pictures` : "One picture";
  const as = conditional ? `, decoded as ${name}` : "";
  const how = {
    prior: `${many} from the prior N(0, I)${as}.`,
    aggregate: `${many} from the aggregate posterior, the average of q(z|x) over the test set${as}.`,
    around: `${many} from the disc of radius ${reach.toFixed(2)} around z = ${z}${as}.`,
    class: conditional ? `${many} of class ${name}, from the prior N(0, I).` : `${many} of class ${name}, from the q(z|x) of its test images.`,
  }[from];
  const point = probabilistic ? ""
    : from === "prior" ? " A plain autoencoder was trained without a prior: many of these codes lie where none of its pictures do."
    : from === "around" ? ""
    : " A plain autoencoder's q(z|x) is a point, so these are the codes of test images themselves: none of the pictures is new.";
  const old = known ? ` ${known} of ${count} lie within ${same} of a test image's code (framed): its reconstruction, nothing new.` : "";
  const twice = repeated ? ` ${repeated} of ${count} lie within ${same} of another one (dashed): to the eye the same picture.` : "";
  return how + point + (old + twice || ` No two are the same, and none is a test image's reconstruction: all are ${same} apart or more.`);
}
export const styles = "One handwriting in all classes";
