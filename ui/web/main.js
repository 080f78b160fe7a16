// The page of a host without Gradio: the bar with its pickers, and the tabs.

import { mount as mountHeader } from "./parts/header.js";
import { markTerms } from "./parts/terms.js";
import { begin } from "./session.js";
import { lab } from "./store.js";
import { TABS } from "./tabs/index.js";
import { words } from "./words/index.js";

/** @param {Host} host
 * @param {HTMLElement} root */
export function start(host, root) {
  begin(host);
  root.classList.add("lab");
  return mountPage(root);
}

/** The page in the language that is spoken; what was there goes, and the state stays.
 * @param {HTMLElement} root */
async function mountPage(root) {
  root.innerHTML = "<header></header><nav role=\"tablist\"></nav><main></main>";
  const [header, bar, main] = /** @type {HTMLElement[]} */ ([...root.children]);
  mountHeader(header, () => mountPage(root).then(() => /** @type {HTMLElement} */ (root.querySelector("[data-testid=language]")).focus()));
  bar.setAttribute("aria-label", words.common.tabsLabel);

  const names = Object.keys(TABS);
  const buttons = names.map((name) => Object.assign(document.createElement("button"), {
    type: "button", role: "tab", id: `tab-${name}`, textContent: words.common.tabs[name],
    onclick: () => open(name),
  }));
  bar.append(...buttons);
  bar.addEventListener("keydown", ({ key }) => { // as tab lists are used by keyboard
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = names[(names.indexOf(lab.tab) + step + names.length) % names.length];
    open(next);
    buttons[names.indexOf(next)].focus();
  });

  const panels = {};
  let shown = null;
  async function open(name) {
    shown = name;
    lab.set("tab", name);
    for (const [k, button] of buttons.entries()) {
      const chosen = names[k] === name;
      button.ariaSelected = String(chosen);
      button.tabIndex = chosen ? 0 : -1;
      if (chosen) bar.scrollLeft = button.offsetLeft + button.offsetWidth / 2 - bar.clientWidth / 2; // on a phone
    }
    const known = panels[name];
    const panel = panels[name] ??= Object.assign(document.createElement("section"), { role: "tabpanel" });
    panel.setAttribute("aria-labelledby", `tab-${name}`);
    for (const one of Object.values(panels)) one.hidden = one !== panel;
    if (known) return;
    main.append(panel);
    const { mount } = await TABS[name]();
    mount(panel);
    markTerms(panel);
  }
  lab.listen(bar, (what) => { if (what === "tab" && lab.tab !== shown) open(lab.tab); }); // by the browser's Back
  await open(lab.tab);
}
