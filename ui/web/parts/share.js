// The link to a view, to copy or to hold up as a QR code.

import { qrCode } from "../core/qr.js";
import { link } from "../link.js";
import { lab } from "../store.js";
import { words } from "../words/index.js";

const RIM = 4, MODULE = 8; // of the code: light modules around it, and pixels for each

/** A button's dialog.
 * @param {HTMLElement} button
 * @param {HTMLElement} host which the dialog is put into */
export function mountShare(button, host) {
  const say = words.share;
  const dialog = document.createElement("dialog");
  dialog.className = "share";
  dialog.setAttribute("aria-label", say.title);
  dialog.innerHTML = `<h2>${say.title}</h2><p class="small">${say.meaning}</p>
    <label class="drawing"><input type="checkbox"> ${say.drawing}</label>
    <canvas role="img" aria-label="${say.qr}"></canvas><p class="long small" hidden>${say.tooLong}</p>
    <p><input type="text" readonly aria-label="${say.title}"></p>
    <p class="row"><button type="button" class="primary">${say.copy}</button><button type="button" class="close">${say.close}</button></p>
    <p class="status" role="status"></p>`;
  host.append(dialog);
  const find = (/** @type {string} */ selector) => /** @type {any} */ (dialog.querySelector(selector));

  function show() {
    const drawing = find(".drawing input").checked;
    const url = link({ drawing });
    find("[type=text]").value = url;
    find(".status").textContent = "";
    const modules = qrCode(url);
    find("canvas").hidden = !modules;
    find(".long").hidden = Boolean(modules);
    if (!modules) return;
    const side = (modules.length + 2 * RIM) * MODULE, pen = find("canvas").getContext("2d");
    Object.assign(find("canvas"), { width: side, height: side });
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, side, side);
    pen.fillStyle = "#000";
    modules.forEach((row, i) => row.forEach((dark, j) => { if (dark) pen.fillRect((j + RIM) * MODULE, (i + RIM) * MODULE, MODULE, MODULE); }));
  }

  button.onclick = () => {
    find(".drawing").hidden = lab.picture?.kind !== "drawing";
    show();
    dialog.showModal();
  };
  find(".drawing input").onchange = show;
  find(".primary").onclick = async () => {
    find(".status").textContent = await navigator.clipboard.writeText(find("[type=text]").value)
      .then(() => say.copied, () => { find("[type=text]").select(); return say.notCopied; });
  };
  find(".close").onclick = () => dialog.close();
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); }; // beside it
}
