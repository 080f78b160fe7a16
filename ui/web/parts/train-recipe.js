// What a visitor may choose of a training, each with a sentence. β is elsewhere, always in view.

import { DEFAULTS } from "../core/train/training.js";
import { words } from "../words/index.js";

const say = words.train;
const OPTIONS = {
  objective: ["elbo", "iwae", "autoencoder"], samples: [2, 5, 10], likelihood: ["bernoulli", "gaussian"],
  width: [16, 32, 64, 128, 256], blocks: [1, 2, 3], rate: [1e-4, 3e-4, 1e-3, 3e-3, 1e-2], batch: [16, 32, 64, 128],
};
const NAMED = { objective: say.objectives, likelihood: say.likelihoods };
const MOST_SEED = 2 ** 31 - 1;

/** @param {HTMLElement} element
 * @param {(name: string) => void} tell which choice was changed
 * @returns {{ recipe: () => import("../core/train/training.js").Recipe, set: (some: Partial<import("../core/train/training.js").Recipe>) => void }} without β */
export function mountRecipe(element, tell) {
  element.classList.add("train-recipe");
  const control = (/** @type {string} */ name) => {
    if (name === "fresh") return `<input type="checkbox" name="fresh">`;
    if (name === "seed") return `<input type="number" name="seed" min="0" max="${MOST_SEED}" step="1">`;
    return `<select name="${name}">${OPTIONS[name].map((/** @type {string | number} */ value) => `<option value="${value}">${NAMED[name]?.[value] ?? value}</option>`).join("")}</select>`;
  };
  element.innerHTML = Object.entries(say.choices).map(([name, [title, sentence]]) => `<label class="choice" data-choice="${name}"><span>${title}</span> ${control(name)} <span class="small">${sentence ?? ""}</span></label>`).join("");
  const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (element.querySelector(`[name=${name}]`));

  function recipe() {
    const number = (/** @type {string} */ name) => Number(field(name).value);
    const seed = number("seed");
    return /** @type {any} */ ({
      ...DEFAULTS, ...Object.fromEntries(["samples", "width", "blocks", "rate", "batch"].map((name) => [name, number(name)])),
      objective: field("objective").value, likelihood: field("likelihood").value, fresh: field("fresh").checked,
      seed: Number.isInteger(seed) && seed >= 0 && seed <= MOST_SEED ? seed : DEFAULTS.seed,
    });
  }

  function offer() { // what the others make meaningless goes
    const hide = (/** @type {string} */ name, /** @type {boolean} */ hidden) => { /** @type {HTMLElement} */ (element.querySelector(`[data-choice=${name}]`)).hidden = hidden; };
    hide("samples", field("objective").value !== "iwae");
    hide("fresh", field("likelihood").value !== "bernoulli");
  }

  function set(some) {
    for (const [name, value] of Object.entries(some)) {
      if (name === "fresh") field(name).checked = Boolean(value);
      else if (name in say.choices) field(name).value = String(value);
    }
    offer();
  }
  set(DEFAULTS);
  element.addEventListener("change", ({ target }) => {
    offer();
    tell(/** @type {HTMLInputElement} */ (target).name);
  });
  return { recipe, set };
}
