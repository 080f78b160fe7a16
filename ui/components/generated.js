// Generated pictures: a canvas of tiles, decoded in slices, under a button for each tile, which says
// what it is nearly the same as.

const VERSION = new URL(import.meta.url).search;
const { lab, shown, APOLOGY } = await import(new URL("../static/lab.js" + VERSION, import.meta.url));
const { paint } = await import(new URL("../static/vae.js" + VERSION, import.meta.url));
const { decodeTiles } = await import(new URL("../static/tiles.js" + VERSION, import.meta.url));

const [SMALLEST, LARGEST] = [36, 110]; // CSS pixels of a tile's width
const KNOWN = "Not new: it looks like that image's reconstruction.";
const REPEATED = "Another picture here looks the same.";

export function mount({ element, props, server, watch }) {
  const find = (selector) => element.querySelector(selector);
  const [canvas, image, marks, work, about] = [".tiles canvas", ".tiles img", ".marks", ".work", ".about"].map(find);
  const button = find(".work button");
  let run = 0; // the latest decoding; earlier ones stop
  let drawn = ""; // what is on the screen
  let stopped = false; // by the button
  let current = 0; // the tile shown larger

  function columns() { // beside one another: about as many as below, as long as they can be touched
    const { width } = find(".sheet").getBoundingClientRect();
    const room = width > 560 ? width - 240 : width;
    return Math.max(1, Math.min(Math.ceil(Math.sqrt(props.value.tiles.length)), Math.floor(room / SMALLEST)));
  }

  async function update() {
    const { value } = props;
    const { tiles, model, label } = value;
    find(".sentence").textContent = value.sentence;
    [".known", ".repeated"].forEach((kind, k) => {
      find(`.counts ${kind} span`).textContent = value.counts[k];
      find(`.counts ${kind}`).hidden = !value.counts[k];
    });
    find(".sheet").hidden = !tiles.length;
    if (!tiles.length) [run, work.hidden, drawn] = [run + 1, true, ""];
    const ready = lab.model?.name === model && (lab.net || lab.failed);
    if (!ready || !tiles.length || !element.clientWidth) return;
    const wide = columns();
    const wanted = JSON.stringify([value, wide, lab.failed]);
    if (wanted === drawn) return;
    drawn = wanted;
    find(".apology").hidden = !lab.failed;
    find(".apology").textContent = lab.failed && APOLOGY;
    canvas.hidden = !lab.net;
    image.hidden = Boolean(lab.net);
    lay(tiles, wide);
    const mine = ++run;
    show(0);
    if (!lab.net) {
      work.hidden = true;
      const source = await server.grid([value, wide]);
      if (run === mine) image.src = source;
      return;
    }
    const count = (done) => {
      if (run !== mine || !element.isConnected) return false;
      find("progress").value = done / tiles.length;
      find(".work span").textContent = `${done} of ${tiles.length}`;
      return true;
    };
    count(0);
    stopped = false;
    button.textContent = "Cancel";
    work.hidden = false;
    await decodeTiles(canvas, lab.net, tiles.map((tile) => tile.z), wide, label, count);
    if (run !== mine) return;
    work.hidden = true;
  }

  function lay(tiles, wide) { // a button for each
    const [, height, width] = lab.model.shape;
    find(".tiles").style.maxWidth = `${wide * LARGEST}px`;
    marks.style.gridTemplateColumns = `repeat(${wide}, 1fr)`;
    image.style.aspectRatio = `${wide * width} / ${Math.ceil(tiles.length / wide) * height}`;
    marks.setAttribute("aria-label", `${tiles.length} generated pictures; arrow keys go from one to the next`);
    marks.replaceChildren(...tiles.map((tile, k) => {
      const mark = Object.assign(document.createElement("button"), { type: "button", tabIndex: k ? -1 : 0 });
      mark.classList.toggle("known", tile.known);
      mark.classList.toggle("repeated", tile.repeated);
      mark.setAttribute("aria-label", words(tile, k));
      return mark;
    }));
  }

  function words({ z, known, repeated, nearest }, k) {
    const { label } = props.value;
    return [
      `Number ${k} of ${props.value.tiles.length}${label ? ` (${label})` : ""}`,
      `z = ${shown(z)}`,
      `Nearest encoded test image: number ${nearest.index}${nearest.label ? ` (${nearest.label})` : ""}, `
        + `${nearest.distance.toFixed(4)} away`,
      ...(known ? [KNOWN] : []),
      ...(repeated ? [REPEATED] : []),
    ].join("\n");
  }

  function show(k) { // a tile, larger, beside the nearest test image
    const tile = props.value.tiles[k];
    if (!tile || lab.model.name !== props.value.model) return; // the next model's are on their way
    marks.children[current]?.removeAttribute("aria-current");
    marks.children[current]?.setAttribute("tabindex", -1);
    current = k;
    marks.children[k].setAttribute("aria-current", true);
    marks.children[k].tabIndex = 0;
    about.hidden = false;
    about.querySelector("p").textContent = words(tile, k);
    about.querySelectorAll("figure").forEach((figure) => { figure.hidden = !lab.net; });
    if (!lab.net) return;
    const [mine, nearest] = about.querySelectorAll("canvas");
    paint(mine, lab.decode(...tile.z, props.value.label), lab.net.shape);
    paint(nearest, lab.decode(...tile.nearest.z, tile.nearest.label), lab.net.shape);
    mine.setAttribute("aria-label", `generated picture ${k}`);
    nearest.setAttribute("aria-label", `reconstruction of test image ${tile.nearest.index}`);
  }

  const place = (event) => [...marks.children].indexOf(event.target);
  marks.addEventListener("pointerover", (event) => show(place(event)));
  marks.addEventListener("focusin", (event) => show(place(event)));
  marks.addEventListener("click", (event) => {
    const tile = props.value.tiles[place(event)];
    if (tile) lab.setZ(...tile.z);
  });
  marks.addEventListener("keydown", (event) => {
    const wide = columns();
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide }[event.key];
    if (!step) return;
    event.preventDefault();
    marks.children[place(event) + step]?.focus();
  });
  button.onclick = () => {
    stopped = !stopped;
    if (!stopped) { drawn = ""; update(); return; }
    run++;
    button.textContent = "Continue";
  };
  lab.listen(element, (what) => { if (what === "model") update(); });
  watch("value", update);
  new ResizeObserver(update).observe(element); // also when its tab opens
  update();
}
