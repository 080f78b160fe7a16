// A link opens exactly this view: the model, the class, the tab, the code and the path's ends.

import { lab } from "./store.js";
import { TABS } from "./tabs/index.js";

const list = (text, n) => {
  const numbers = (text ?? "").split(",").map(Number);
  return text && numbers.length === n && numbers.every(Number.isFinite) ? numbers : null;
};

/** What the address names; what it names wrongly is left out. */
export function address() {
  const query = new URL(location.href).searchParams;
  const path = list(query.get("path"), 5);
  return {
    model: query.get("model"),
    label: query.get("class") ?? undefined,
    tab: query.get("tab") in TABS ? query.get("tab") : null,
    z: list(query.get("z"), 2),
    ends: path && [path.slice(0, 2), path.slice(2, 4)],
    steps: path ? Math.min(Math.max(Math.round(path[4]), 2), 100) : undefined,
  };
}

/** The query string of the view as it is now. */
export function query() {
  const found = new URLSearchParams();
  found.set("model", lab.model.name);
  if (lab.label !== null) found.set("class", lab.label);
  found.set("tab", lab.tab);
  found.set("z", lab.z.join(","));
  if (lab.ends) found.set("path", [...lab.ends.flat(), lab.steps].join(","));
  return found.toString();
}

/** The address of the view as it is now, for people to send. In a Space the page is in a frame whose
 * address nobody sees: there it is the Space's, which the frame's referrer names. */
export function link() {
  const inFrame = window.parent !== window && document.referrer;
  const page = new URL(inFrame ? document.referrer : location.href);
  page.search = query();
  return page.href;
}

/** The address bar follows the view, once it rests. */
export function keepAddress() {
  lab.listen(document.documentElement, (what) => {
    if (what !== "rest" && what !== "tab") return;
    if (location.protocol === "about:") return; // in a notebook's cell, which has no address of its own
    const url = new URL(location.href);
    for (const [name, value] of new URLSearchParams(query())) url.searchParams.set(name, value);
    if (lab.label === null) url.searchParams.delete("class");
    history.replaceState(history.state, "", url);
    // As Hugging Face documents for Spaces: the page around the frame takes over the query string.
    if (window.parent !== window) window.parent.postMessage({ queryString: query() }, "*");
  });
}
