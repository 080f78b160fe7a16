// The visitor's own models.

export const lead = "Models that you trained here, or opened from a ZIP. They are on this computer only; a ZIP carries one to another, or into Python.";
export const open = "Open a model's ZIP";
export const use = "Use";
export const download = "Download ZIP";
export const forget = "Forget";
export const useNamed = (/** @type {string} */ name) => `Use ${name}`;
export const downloadNamed = (/** @type {string} */ name) => `Download ${name} as a ZIP`;
export const forgetNamed = (/** @type {string} */ name) => `Forget ${name}`;
export const kept = "(kept by this browser)";
export const notKept = "(not kept: this browser has no room for it, so it goes when the page is closed)";
export const none = "There are none yet.";
export const opened = (/** @type {string} */ name) => `The model ${name} was opened.`;
const ACCEPTED = "A ZIP from this page, or of a folder of weights/, is accepted";
export const problems = {
  noZip: `This file is no ZIP. ${ACCEPTED}.`,
  damaged: `This ZIP is damaged. ${ACCEPTED}.`,
  encrypted: `This ZIP is encrypted, or packed in a way that browsers cannot read. ${ACCEPTED}.`,
  tooLarge: "This ZIP holds more than 40 MB. A model's has a few.",
  tooMany: (/** @type {number} */ most) => `This ZIP holds more than ${most} files. A model's has six.`,
  oddName: (/** @type {string} */ name) => `A file in this ZIP has a name that leads elsewhere: ${name}. ${ACCEPTED}.`,
  missing: (/** @type {string} */ name) => `There is no ${name} in this ZIP. ${ACCEPTED}.`,
  badConfig: (/** @type {string} */ field) => `The model's config.json cannot be used: ${field} is not as the lab needs it. ${ACCEPTED}.`,
  badFile: (/** @type {string} */ name) => `${name} is no safetensors file, or is cut off. ${ACCEPTED}.`,
  badTensor: (/** @type {string} */ name, /** @type {string} */ key) => `${name} does not fit the model: ${key} is missing, of another size, or holds what is no number. ${ACCEPTED}.`,
};
