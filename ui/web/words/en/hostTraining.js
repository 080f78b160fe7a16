// Training on the computer of the Gradio app.

export const lead = "Here vae_core trains on the computer that serves this page: larger models, for as long as it takes. Closing the page does not end it.";
export const watch = "Whoever started the lab can train models here; when one is finished, it comes into your list of models.";
export const dataset = "Pictures";
export const datasets = { upload: "a ZIP of mine", mnist: "MNIST", fashion: "Fashion-MNIST", cifar10: "CIFAR-10", frey: "Frey faces" };
export const zip = "ZIP, a folder for each class, at most 200 MB";
export const name = "Name of the model";
export const objective = "What is minimized";
export const numbers = { epochs: "Epochs", beta: "β", width: "Width", blocks: "Blocks", size: "Side in pixels", seed: "Seed" };
export const enough = "as needed";
export const start = "Train";
export const sending = "Sending the ZIP";
export const cancel = "Cancel";
export const go_on = "Go on";
export const forget = "Forget";
export const map = "The test pictures at their codes, as the model sees them now";
export const epochs = "epochs";
export const noZip = "Choose a ZIP first.";
export const tooLarge = "The ZIP is larger than 200 MB. Send fewer or smaller pictures.";
export const refused = (/** @type {string} */ why) => why;
export const started = "It has begun.";
export const queued = (/** @type {number} */ place) => (place === 1 ? "Another training runs: yours has the next place in the queue." : `Yours is in the queue, behind ${place} others.`);
export const begins = (/** @type {string} */ model) => `${model} begins: the pictures are being read.`;
export const epoch = (/** @type {string} */ model, /** @type {number} */ at, /** @type {number} */ of, /** @type {number} */ left) => `${model}: epoch ${at} of ${of}, about ${left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`} left.`;
export const ends = {
  done: (/** @type {string} */ model) => `${model} is finished, and in the list of models.`,
  stopped: (/** @type {string} */ model) => `${model} was stopped. It can go on from its last checkpoint.`,
  failed: (/** @type {string} */ model, /** @type {string} */ why) => `${model} has failed: ${why}`,
};
export const waits = (/** @type {string} */ model, /** @type {number} */ place) => `${model} waits, place ${place}. `;
export const unfinished = (/** @type {string} */ model) => `${model} is unfinished. `;
