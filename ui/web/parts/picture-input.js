// Where the page's picture comes from: the pad, a file, the clipboard, a drop, or a camera.

import { Fault } from "../core/fault.js";
import { readPicture } from "../core/read-picture.js";
import { why, words } from "../words/index.js";
import { mountDrawPad } from "./draw-pad.js";
import { mountPhotoFrame } from "./photo-frame.js";

const say = words.pictures;

/** @param {HTMLElement} element
 * @param {import("../store.js").Store} lab */
export function mountPictureInput(element, lab) {
  element.classList.add("picture-input");
  element.innerHTML = `
    <div class="pad"></div><div class="photo" hidden></div>
    <div class="camera" hidden><video muted playsinline></video><div class="row">
      <button type="button" class="shoot primary">${say.shoot}</button><button type="button" class="close">${say.closeCamera}</button></div></div>
    <div class="row sources">
      <label class="button">${say.upload}<input type="file" accept="image/*"></label>
      <button type="button" class="paste">${say.paste}</button>
      <button type="button" class="open">${say.camera}</button>
    </div>
    <p class="problem doubt" role="alert"></p>`;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (element.querySelector(selector));
  const [pad, photo, camera, problem] = [find(".pad"), find(".photo"), find(".camera"), find(".problem")];
  const file = /** @type {HTMLInputElement} */ (find("input[type=file]"));
  const video = /** @type {HTMLVideoElement} */ (find("video"));
  let turn = 0;

  function complain(/** @type {string} */ why, /** @type {any[]} */ details = []) {
    const sentence = say[why];
    problem.textContent = typeof sentence === "function" ? sentence(...details) : sentence;
  }

  async function take(/** @type {Blob & { name?: string } | null} */ given) {
    if (!given) { complain("noPicture"); return; }
    const now = ++turn;
    problem.textContent = "";
    try {
      const picture = await readPicture(given);
      if (now === turn) lab.take(picture);
    } catch (error) { // what was on the screen stays
      if (now === turn) complain(error instanceof Fault ? error.key : "unreadable", error.details);
    }
  }

  mountDrawPad(pad, lab);
  mountPhotoFrame(photo, lab, () => { lab.take(null); file.click(); });
  file.onchange = () => { if (file.files.length) take(file.files[0]); file.value = ""; };
  find(".paste").onclick = async () => {
    try {
      const items = await navigator.clipboard.read();
      const found = items.flatMap((item) => item.types.filter((type) => type.startsWith("image/")).map((type) => item.getType(type)));
      take(found.length ? await found[0] : null);
    } catch { complain("noClipboard"); }
  };
  document.addEventListener("paste", (event) => {
    if (!element.offsetParent) return; // on a tab that is not open
    const items = [...event.clipboardData.files].filter(({ type }) => type.startsWith("image/"));
    if (!items.length) return;
    event.preventDefault();
    take(items[0]);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    element.addEventListener(name, (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      element.firstElementChild.classList.toggle("over", name === "dragover");
      if (name === "drop") take(event.dataTransfer.files[0] ?? null);
    });
  }

  // --- the camera ----------------------------------------------------------------------------------
  let stream = null;
  find(".open").onclick = async () => {
    problem.textContent = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch { complain("noCamera"); return; }
    video.srcObject = stream;
    await video.play();
    camera.hidden = false;
    pad.hidden = photo.hidden = true;
    find(".shoot").focus();
  };
  function closeCamera() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = video.srcObject = null;
    camera.hidden = true;
    show();
  }
  find(".close").onclick = closeCamera;
  find(".shoot").onclick = () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    closeCamera();
    canvas.toBlob((blob) => take(blob));
  };

  function show() {
    if (!camera.hidden) return;
    const isPhoto = Boolean(lab.picture?.photograph);
    photo.hidden = !isPhoto;
    pad.hidden = isPhoto;
  }
  lab.listen(element, (what) => {
    if (what === "picture") { problem.textContent = ""; show(); }
    if (what === "seen" && lab.blank) {
      if (lab.blank instanceof Error) complain("encoder", [why(lab.blank)]);
      else complain(lab.blank);
    };
  });
  show();
}
