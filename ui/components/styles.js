// Each code decoded as every class: a table whose pictures can be picked.

const VERSION = new URL(import.meta.url).search;
const load = (name) => import(new URL(`../static/${name}.js${VERSION}`, import.meta.url));
const [{ lab, shown, APOLOGY }, { paint }, { SLICE, breathe }] = await Promise.all(["lab", "vae", "tiles"].map(load));

export function mount({ element, props, trigger, watch }) {
  const find = (selector) => element.querySelector(selector);
  let turn = 0; // of the table that is wanted

  const cell = (tag, text, scope) => Object.assign(document.createElement(tag), { textContent: text, ...(scope && { scope }) });

  function pick(z, name) {
    lab.setZ(...z);
    window.latentLab.picked = name;
    trigger("select");
  }

  function mark() { // what is in use
    for (const button of element.querySelectorAll("button")) {
      const here = button.z.every((value, axis) => Math.abs(value - lab.z[axis]) < 1e-4) && button.name === lab.label;
      button.setAttribute("aria-pressed", String(here));
    }
  }

  let shownOf = []; // the model and the rows on the page
  async function update() {
    const now = [lab.net, props.value, lab.failed];
    if (now.every((part, k) => part === shownOf[k])) { mark(); return; } // another class was picked
    shownOf = now;
    const mine = ++turn;
    const { rows, strip, words } = props.value;
    const table = find("table");
    table.replaceChildren();
    find("p").textContent = words;
    find(".apology").hidden = find("img").hidden = !(lab.failed && rows.length);
    find(".apology").textContent = lab.failed && APOLOGY;
    if (strip) find("img").src = strip;
    if (!lab.net?.conditional || !rows.length) return;
    const { classes } = lab.net;
    const head = table.createTHead().insertRow();
    head.append(cell("th", ""), ...classes.map((name) => cell("th", name, "col")));
    const body = table.createTBody();
    let start = performance.now();
    for (const { name, z } of rows) {
      const row = body.insertRow();
      row.className = name && "own";
      row.append(cell("th", name || shown(z), "row"));
      for (const label of classes) {
        const [button, canvas] = ["button", "canvas"].map((tag) => document.createElement(tag));
        Object.assign(button, { type: "button", z, name: label, onclick: () => pick(z, label) });
        button.setAttribute("aria-label", `${name || shown(z)} as ${label}`);
        button.append(canvas);
        row.insertCell().append(button);
        paint(canvas, lab.net.decode(...z, label), lab.net.shape);
        if (performance.now() - start < SLICE) continue;
        await breathe();
        if (mine !== turn || !element.isConnected) return;
        start = performance.now();
      }
    }
    mark();
  }

  watch("value", update);
  lab.listen(element, (what) => {
    if (what === "model") update();
    if (what === "z") mark();
  });
  update();
}
