// What more than one tab says.

export const language = "en"; // for screen readers: BCP 47
export const title = "Latent Lab";
export const model = "Model";
export const mine = (/** @type {string} */ name, /** @type {boolean} */ kept) => `${name} (${kept ? "mine" : "mine, not saved"})`;
export const classPicker = "Class";
export const takeBack = "Take the last change back (Ctrl+Z)";
export const makeAgain = "Make the change again that was taken back (Ctrl+Shift+Z)";
export const code = "Current code";
export const languagePicker = "Language";
export const look = "Look";
export const looks = { system: "As the system", light: "Light", dark: "Dark", projector: "Projector" };
export const aboutModel = "About this model";
export const tabsLabel = "What to do";
export const loading = (/** @type {number} */ share) => `Fetching the model: ${Math.round(100 * share)} %`;
export const failed = (/** @type {string} */ reason) => `The model could not be loaded (${reason}). Reload the page to try again, or pick another model.`;
export const noScript = "The lab runs in your browser and needs JavaScript.";
export const tabs = {
  lesson: "Lesson",
  reconstruct: "Reconstruct", decode: "Decode", interpolate: "Interpolate", map: "Map", compare: "Compare",
  generate: "Generate", train: "Train",
};
export const objectives = {
  elbo: "ELBO", iwae: "importance-weighted bound", autoencoder: "plain autoencoder", exact: "exact likelihood",
};

/** What a link asked for. */
export const noModel = (/** @type {string} */ name) => `There is no model ${name} here: this is another one.`;

/** A model in a line.
 * @param {Description} model */
export function about({ title: data, shape: [channels, height, width], classes, gaussian, objective, beta, probabilistic, conditional }) {
  const n = classes.length;
  return [
    data, `${height}×${width} ${channels === 3 ? "colour" : "grey"}`,
    n > 1 ? `${n} classes` : n ? "one class" : "no labels",
    gaussian ? "Gaussian" : "Bernoulli",
    objectives[objective] + (probabilistic && beta !== 1 ? ` with β = ${beta}` : ""),
    ...(conditional ? ["told the class"] : []),
  ].join(" · ");
}
