// The tab Style.

export const lead = "A model that is told the class keeps only the style in its two numbers, so one code decodes as every class: of digits, the same handwriting in all ten. Press a picture to make its code and class the current ones.";
export const yours = "yours";
export const noPicture = "There is no picture on the tab Reconstruct.";
export const notTold = (/** @type {string} */ name, /** @type {boolean} */ others) =>
  `${name} is not told the class: class and style share its two numbers, so there is no style to keep.${others ? " These models are told it:" : " No model here is told it."}`;
export const use = (/** @type {string} */ name) => `Use the model ${name}`;
export const readAs = (/** @type {string} */ label) => `The first row is the style of your picture on the tab Reconstruct, which was read as the class ${label}.`;
export const as = (/** @type {string} */ style, /** @type {string} */ label) => `${style} as ${label}`;
