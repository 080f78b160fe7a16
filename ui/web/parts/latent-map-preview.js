// What stands under the pointer on a map: the decoded picture, and of a test image its name and, where the host has it, the image.

import { paint } from "../core/model.js";
import { shown } from "../numbers.js";
import { named, words } from "../words/index.js";

const say = words.plane;
const HIT = 14; // how near a point the pointer must be, in CSS pixels
const REST_MS = 150; // that the pointer must rest before something is fetched or read out

export function mountPreview(map) {
  const { lab, marks } = map;
  const preview = map.find(".preview");
  preview.innerHTML = `<span><span><canvas></canvas>${say.decoded}</span><span hidden><img alt="${say.originalAlt}">${say.original}</span></span><figcaption></figcaption>`;
  const [canvas, original, caption] = [preview.querySelector("canvas"), preview.querySelector("img"), preview.querySelector("figcaption")];
  let resting = 0;

  function nearest(z) { // the point at a place, or -1
    if (!map.points) return -1;
    const { mean } = map.points, part = map.parts();
    let [index, least] = [-1, ((HIT / map.size()) * map.view.span) ** 2];
    for (let i = 0; i < part.length; i++) {
      const away = (mean[2 * i] - z[0]) ** 2 + (mean[2 * i + 1] - z[1]) ** 2;
      if (away < least && !map.hidden.has(part[i])) [index, least] = [i, away];
    }
    return index;
  }

  function describe(z, index) {
    const lines = [say.place(shown(z), named(lab.label))];
    if (index >= 0) {
      lines.push(say.testImage(index, named(lab.model.classes[map.points.label[index]]), map.groups ? map.groups[index] + 1 : null));
    }
    return lines;
  }

  function place(z) { // beside a code
    const [x, y] = [map.sheets.marks.x(z[0]), map.sheets.marks.y(z[1])];
    const beside = x + 24 + preview.offsetWidth < map.size() ? x + 16 : x - 16 - preview.offsetWidth;
    preview.style.left = `${Math.max(beside, 0)}px`;
    preview.style.top = `${Math.min(Math.max(y - preview.offsetHeight / 2, 0), map.size() - preview.offsetHeight)}px`;
  }

  function show() {
    const { z, index } = map.cursor;
    if (!lab.net) return;
    paint(canvas, lab.decode(z[0], z[1]), lab.net.shape);
    const lines = describe(z, index);
    caption.textContent = lines.join("\n");
    original.parentElement.hidden = true;
    preview.hidden = false;
    place(z);
    clearTimeout(resting);
    resting = window.setTimeout(async () => {
      map.announce(lines.join(", "));
      const { model } = lab;
      if (index < 0 || model.mine || !lab.host.can("original")) return; // what a visitor trained the host does not know
      const source = await lab.host.ask("original", { model: model.name, index }).catch(() => "");
      if (map.cursor?.index !== index || lab.model !== model || !source) return;
      original.src = source;
      original.parentElement.hidden = false;
      place(z);
    }, REST_MS);
  }

  return {
    pointAt(z) {
      const index = nearest(z);
      map.cursor = { z: index < 0 ? z : map.at(index), index };
      show();
      map.draw("marks");
    },
    hide() { preview.hidden = true; },
    announceSoon(z) {
      clearTimeout(resting);
      resting = window.setTimeout(() => map.announce(describe(z, -1)[0]), REST_MS);
    },
    leave() {
      map.cursor = null;
      clearTimeout(resting);
      preview.hidden = true;
      if (marks.isConnected) map.draw("marks");
    },
  };
}
