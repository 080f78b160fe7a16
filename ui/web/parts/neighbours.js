// Who lives near a code: the nearest test codes, as the model decodes them, and the nearest of the real images that are shipped.

import { nearest } from "../core/neighbours.js";
import { number } from "../numbers.js";
import { named, words } from "../words/index.js";
import { picture } from "./pictures.js";
import { realImages } from "./real-images.js";

const say = words.neighbours;
const DECODED = 4, REAL = 1;

/** @param {HTMLElement} element
 * @returns {{ show: (net: import("../core/model.js").Model, points: import("../core/encodings.js").Encodings, z: ArrayLike<number>) => void, clear: (shape: [number, number, number]) => void }} */
export function mountNeighbours(element) {
  element.classList.add("pictures", "five");
  const figures = Array.from({ length: DECODED + REAL }, () => picture());
  element.append(...figures);
  let turn = 0;

  return {
    async show(net, points, z) {
      const now = ++turn;
      const { images } = await realImages(net.dataset).catch(() => ({ images: [] }));
      if (now !== turn) return;
      const distance = (/** @type {number} */ i) => Math.hypot(points.mean[2 * i] - z[0], points.mean[2 * i + 1] - z[1]);
      // Of models that were trained elsewhere the test set may be another one.
      const real = images.filter(({ index, label }) => points.label[index] === label).sort((a, b) => distance(a.index) - distance(b.index)).slice(0, REAL);
      const near = nearest(points, z, DECODED + REAL - real.length);
      const told = (/** @type {number} */ index) => net.classes[points.label[index]];
      const shown = [
        ...near.map(({ index }) => ({ index, real: false, pixels: net.decode(points.mean[2 * index], points.mean[2 * index + 1], net.conditional ? told(index) : null) })),
        ...real.map(({ index, image }) => ({ index, real: true, pixels: image })),
      ];
      figures.forEach((figure, k) => {
        const one = shown[k];
        figure.hidden = !one;
        if (!one) return;
        figure.show(one.pixels, net.shape);
        figure.say((one.real ? say.real : say.decoded)(named(told(one.index)) ?? null, one.index, number(distance(one.index), 2)));
        figure.classList.toggle("real", one.real);
      });
    },
    clear(shape) {
      turn++;
      for (const figure of figures) { figure.show(null, shape); figure.say(""); figure.classList.remove("real"); }
    },
  };
}
