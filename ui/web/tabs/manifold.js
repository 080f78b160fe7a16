// Manifold: everything the decoder can paint, on one sheet.

import { paint } from "../core/model.js";
import { shown } from "../numbers.js";
import { mountManifold } from "../parts/manifold.js";
import { describe } from "../parts/pictures.js";
import { lab } from "../store.js";
import { named, words } from "../words/index.js";

const say = words.manifold;

/** @param {HTMLElement} element */
export function mount(element) {
  element.classList.add("manifold-tab");
  element.innerHTML = `<p class="lead">${say.lead}</p><div class="columns"><div class="sheet"></div>
    <div class="beside"><figure data-testid="decoded"><canvas></canvas><figcaption></figcaption></figure>
      <details><summary>${say.help}</summary>${say.helpParts.map((part) => `<p>${part}</p>`).join("")}</details></div></div>`;
  mountManifold(element.querySelector(".sheet"), lab, say.label);
  const canvas = /** @type {HTMLCanvasElement} */ (element.querySelector("figure[data-testid] canvas"));
  const caption = element.querySelector("figure[data-testid] figcaption");

  function show() {
    if (!lab.net) return;
    const place = words.decode.place(shown(lab.z), named(lab.label));
    caption.textContent = place;
    describe(canvas, words.decode.decoded(place));
    paint(canvas, lab.decode(lab.z[0], lab.z[1]), lab.net.shape);
  }
  lab.listen(element, (what) => { if (what === "z" || what === "model") show(); });
  show();
}
