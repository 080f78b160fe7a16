// The pictures along both paths from A to B, the straight line and the geodesic: as strips, and one
// after the other as an animation. The geodesic is the server's, and comes when the path rests.

const VERSION = new URL(import.meta.url).search;
const { lab, shown, APOLOGY } = await import(new URL("../static/lab.js" + VERSION, import.meta.url));
const { paint } = await import(new URL("../static/vae.js" + VERSION, import.meta.url));
const { SLICE, breathe } = await import(new URL("../static/tiles.js" + VERSION, import.meta.url));

const REST = 250; // milliseconds without a change
const SLOW = 400; // milliseconds without an answer, until that is said
const SECONDS = 3; // from A to B
const WAIT = "Computing the geodesic. The first one of a model takes a few seconds.";

export function mount({ element, props, trigger, watch }) {
  const find = (selector) => element.querySelector(selector);
  const [straight, geodesic, words, player, button, scrubber] = [".straight", ".geodesic", ".words", ".player > canvas",
    "button", "input[type=range]"].map(find);
  if (!lab.ends) lab.setPath(props.value.ends, props.value.steps);

  // --- the strips: tiles are painted in turn, so that all keep up with a drag --------------------------
  let tiles = []; // { canvas, share, curve }
  let stale = 0; // how many are still to be painted
  let turn = 0;
  let painting = false;
  async function paintTiles() {
    painting = true;
    let start = performance.now();
    for (; stale > 0 && lab.net && element.isConnected; stale--) {
      turn = (turn + 1) % tiles.length;
      const { canvas, share, curve } = tiles[turn];
      paint(canvas, lab.decode(...lab.along(share, curve)), lab.net.shape);
      if (performance.now() - start < SLICE) continue;
      await breathe();
      start = performance.now();
    }
    painting = false;
  }

  function lay(strip, name, curve) { // its tiles; while a curve is awaited, what was there fades
    const [, height, width] = lab.model.shape;
    while (strip.children.length < lab.steps) strip.append(Object.assign(document.createElement("canvas"), { width, height }));
    while (strip.children.length > lab.steps) strip.lastChild.remove();
    strip.setAttribute("aria-hidden", String(!curve));
    strip.setAttribute("aria-label", `${lab.steps} pictures on the ${name} from z = ${lab.ends.map(shown).join(" to z = ")}`);
    return curve ? Array.from(strip.children, (canvas, k) => ({ canvas, share: k / (lab.steps - 1), curve })) : [];
  }

  function update() {
    find(".apology").hidden = !lab.failed;
    find(".apology").textContent = lab.failed && APOLOGY;
    find(".paths").hidden = !lab.net;
    document.documentElement.classList.toggle("browser-walks", Boolean(lab.net));
    if (!lab.model) return;
    const { of, curve, sentence, table } = props.value;
    const known = JSON.stringify(of) === JSON.stringify([...lab.ends.flat(), lab.steps, lab.model.name, lab.label]);
    lab.set("geodesic", known ? curve : null);
    if (known) [words.textContent, find(".lengths").innerHTML] = [sentence, table];
    find(".lengths").setAttribute("aria-hidden", String(!known));
    tiles = [...lay(straight, "straight line", lab.ends), ...lay(geodesic, "geodesic", lab.geodesic)];
    stale = tiles.length;
    if (!painting) paintTiles();
    showFrame();
  }

  let resting = 0;
  function rest() { // once the pointer is up as well, and the tab open
    clearTimeout(resting);
    resting = setTimeout(() => {
      if (lab.pressed || !element.clientWidth) { rest(); return; }
      trigger("release");
      resting = setTimeout(() => { if (!lab.geodesic) words.textContent = WAIT; }, SLOW);
    }, REST);
  }

  // --- the animation ----------------------------------------------------------------------------------------
  let direction = 1;
  let playing = false;
  let last = 0;
  function showFrame() {
    const curve = find(".along").value === "geodesic" ? lab.geodesic : null;
    const z = lab.along(Number(scrubber.value), curve ?? lab.ends);
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
    const ahead = direction * (now - last) / 1000 / SECONDS * Number(find(".speed").value);
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
  find(".along").onchange = showFrame;
  lab.listen(element, (what) => {
    if (what !== "path" && what !== "model") return;
    if (what === "model") geodesic.replaceChildren();
    words.textContent = "";
    update();
    rest();
  });
  watch("value", update);
  update();
  rest();
}
