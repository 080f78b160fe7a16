// What the model in use and the one beside it make of the same codes.

const VERSION = new URL(import.meta.url).search;
const load = (name) => import(new URL(`../static/${name}.js${VERSION}`, import.meta.url));
const [{ lab, other, shown }, { paint }, { decodeTiles }] = await Promise.all(["lab", "vae", "tiles"].map(load));

export function mount({ element, props, trigger }) {
  const find = (selector) => element.querySelector(selector);
  const pairs = [...element.querySelectorAll("tbody tr")].map((row, k) => (
    { lab: [lab, other][k], name: row.querySelector("th"), canvases: row.querySelectorAll("canvas") }));
  if (!lab.ends) lab.setPath(props.value.ends, props.value.steps);
  let turn = 0; // of the strips that are wanted

  function pictures() {
    find(".place").textContent = `at z = ${shown(lab.z)}`;
    for (const { lab: { net, model, label }, canvases: [canvas] } of pairs) {
      if (!net) continue;
      canvas.setAttribute("aria-label", `decoded by ${model.name} at z = ${shown(lab.z)}${label === null ? "" : ` as ${label}`}`);
      paint(canvas, net.decode(...lab.z, label), net.shape);
    }
  }

  async function strips() {
    const mine = ++turn;
    for (const { lab: { net, model, label }, canvases: [, canvas] } of pairs) {
      if (!net) continue;
      canvas.setAttribute("aria-label", `${lab.steps} pictures by ${model.name} on the straight line from z = ${lab.ends.map(shown).join(" to z = ")}`);
      const done = await decodeTiles(canvas, net, lab.path(), lab.steps, label, () => mine === turn && element.isConnected);
      if (!done) return;
    }
  }

  function update() {
    for (const { lab: { model }, name } of pairs) name.textContent = model?.name ?? "";
    const failed = pairs.map((pair) => pair.lab.failed).find(Boolean);
    find(".apology").hidden = !failed;
    find(".apology").textContent = failed && "This browser could not load a model: what the server computes is below.";
    find("table").hidden = Boolean(failed);
    pictures();
    strips();
  }

  let asked = ""; // what the server was told of, while the tab is open
  function ask() {
    const now = element.clientWidth ? `${lab.model?.name} ${lab.label}` : "";
    if (now !== asked && now) trigger("load");
    asked = now;
  }

  lab.listen(element, (what) => {
    if (what === "z") pictures();
    if (what === "path") strips();
    if (what === "model") { update(); ask(); }
  });
  other.listen(element, (what) => { if (what === "model") update(); });
  new ResizeObserver(ask).observe(element);
  update();
}
