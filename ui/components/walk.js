// The pictures along the path from A to B: as a strip, and one after the other as an animation.

const VERSION = new URL(import.meta.url).search;
const { lab, shown, APOLOGY } = await import(new URL("../static/lab.js" + VERSION, import.meta.url));
const { paint } = await import(new URL("../static/vae.js" + VERSION, import.meta.url));
const { SLICE, breathe } = await import(new URL("../static/tiles.js" + VERSION, import.meta.url));

const REST = 250; // milliseconds without a change
const SECONDS = 3; // from A to B

export function mount({ element, props, trigger }) {
  const find = (selector) => element.querySelector(selector);
  const [strip, player, button, scrubber] = [".strip", ".player > canvas", "button", "input[type=range]"].map(find);
  if (!lab.ends) lab.setPath(props.value.ends, props.value.steps);

  // --- the strip: tiles are painted in turn, so that all keep up with a drag ---------------------------
  let stale = 0; // tiles still to be painted
  let turn = 0;
  let painting = false;
  async function paintTiles() {
    painting = true;
    let start = performance.now();
    for (; stale > 0 && lab.net && element.isConnected; stale--) {
      turn = (turn + 1) % strip.children.length;
      paint(strip.children[turn], lab.decode(...lab.along(turn / (lab.steps - 1))), lab.net.shape);
      if (performance.now() - start < SLICE) continue;
      await breathe();
      start = performance.now();
    }
    painting = false;
  }

  let resting = 0;
  function update() {
    find(".apology").hidden = !lab.failed;
    find(".apology").textContent = lab.failed && APOLOGY;
    strip.hidden = find(".player").hidden = !lab.net;
    document.documentElement.classList.toggle("browser-walks", Boolean(lab.net));
    while (strip.children.length < lab.steps) strip.append(document.createElement("canvas"));
    while (strip.children.length > lab.steps) strip.lastChild.remove();
    strip.setAttribute("aria-label", `${lab.steps} pictures on the line from z = ${lab.ends.map(shown).join(" to z = ")}`);
    stale = lab.steps;
    if (!painting) paintTiles();
    showFrame();
    rest();
  }

  function rest() { // once the pointer is up as well
    clearTimeout(resting);
    resting = setTimeout(() => (lab.pressed ? rest() : trigger("release")), REST);
  }

  // --- the animation ----------------------------------------------------------------------------------------
  let direction = 1;
  let playing = false;
  let last = 0;
  function showFrame() {
    const z = lab.along(Number(scrubber.value));
    lab.set("walker", z);
    if (!lab.net) return;
    player.setAttribute("aria-label", `picture decoded at z = ${shown(z)}`);
    paint(player, lab.decode(...z), lab.net.shape);
  }

  function play(on) {
    playing = on;
    last = performance.now();
    if (on && Number(scrubber.value) === 1) scrubber.value = 0;
    button.textContent = on ? "Pause" : "Play";
    if (on) requestAnimationFrame(step);
  }

  function step(now) {
    if (!playing || !element.isConnected) return;
    const ahead = direction * (now - last) / 1000 / SECONDS * Number(find("select").value);
    last = now;
    const place = Number(scrubber.value) + ahead;
    scrubber.value = Math.min(Math.max(place, 0), 1);
    showFrame();
    if (place >= 1 || place <= 0) {
      direction = place >= 1 && find("input[type=checkbox]").checked ? -1 : 1;
      if (place >= 1 && direction === 1) { play(false); return; }
    }
    requestAnimationFrame(step);
  }

  button.onclick = () => { direction = 1; play(!playing); };
  scrubber.oninput = () => { play(false); showFrame(); };
  lab.listen(element, (what) => { if (what === "path" || what === "model") update(); });
  update();
}
