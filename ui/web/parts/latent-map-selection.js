// Test images that were selected on a map: a contact sheet of them, decoded, and a file of their codes.

import { decodeTiles } from "../core/tiles.js";
import { named, words } from "../words/index.js";

const say = words.plane;
export const MOST_PICTURES = 100; // on the contact sheet, in rows of
const ROW = 10;
const TILE = 44; // pixels

/** @returns {((indices: number[]) => void) & { inside: (polygon: number[][]) => void, within: (z: number[], radius: number) => void }} */
export function mountSelection(map) {
  const { lab } = map;
  const section = map.find(".selection");
  section.innerHTML = `<p role="status"></p><canvas role="img"></canvas>
    <p class="row"><a class="button" download="selected-codes.csv">${say.downloadCodes}</a> <button type="button">${say.clear}</button></p>`;
  const [status, sheet, link, clear] = ["p", "canvas", "a", "button"].map((name) => section.querySelector(name));

  function choose(indices) {
    map.selection = indices;
    section.hidden = !indices.length;
    map.draw("marks");
    if (!indices.length) return;
    const { classes } = lab.model;
    const counts = classes.map((name, k) => [named(name), indices.filter((i) => map.points.label[i] === k).length]);
    const sentence = say.selectedWhat(indices.length, counts.filter(([, n]) => n), Math.min(indices.length, MOST_PICTURES));
    status.textContent = sentence;
    sheet.setAttribute("aria-label", `${say.contactSheet}: ${sentence}`);
    const codes = indices.slice(0, MOST_PICTURES).map(map.at);
    if (lab.net) {
      const columns = Math.min(ROW, codes.length);
      decodeTiles(sheet, lab.net, codes, columns, lab.label, () => map.selection === indices);
      sheet.style.width = `${columns * TILE}px`;
    }
    const rows = indices.map((i) => [i, csv(classes[map.points.label[i]] ?? ""), ...map.at(i).map((value) => value.toFixed(5))]);
    const text = ["index,label,z1,z2", ...rows.map((row) => row.join(","))].join("\r\n") + "\r\n";
    URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  }
  clear.onclick = () => choose([]);

  const all = () => Array.from(map.points?.label.keys() ?? []).filter((i) => !map.hidden.has(map.parts()[i]));
  function told(indices) {
    choose(indices);
    if (!indices.length) map.announce(say.nothingSelected);
  }
  return Object.assign(choose, {
    within: (z, radius) => told(all().filter((i) => Math.hypot(map.at(i)[0] - z[0], map.at(i)[1] - z[1]) <= radius)),
    inside: (polygon) => told(all().filter((i) => { // even-odd rule
      const [x, y] = map.at(i);
      return polygon.reduce((odd, [x1, y1], k) => {
        const [x2, y2] = polygon[(k + 1) % polygon.length];
        return (y1 > y) !== (y2 > y) && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1) ? !odd : odd;
      }, false);
    })),
  });
}

const csv = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
