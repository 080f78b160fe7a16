// What every host begins with: the host's models, the view that the address names, and the console's object.

import "./console.js";
import { address, keepAddress } from "./link.js";
import { encodingsOf } from "./core/encodings.js";
import { posterior } from "./core/exact.js";
import { restore } from "./mine.js";
import { openDropped } from "./parts/mine.js";
import { watchChanges } from "./parts/undo.js";
import { lab, other } from "./store.js";
import { words } from "./words/index.js";

let begun = false;

/** @param {Host} host */
export function begin(host) {
  if (begun) return;
  begun = true;
  const descriptions = Object.fromEntries(host.descriptions.map((one) => [one.name, one])); // both have the same
  for (const store of [lab, other]) {
    store.host = host;
    store.infer = async (seen) => {
      const { net, measured } = store;
      const logProbs = (await encodingsOf(net)).log_prob;
      return posterior(net, seen, { measured, logProbs, progress: (share) => store.set("preparing", share) })
        .finally(() => store.set("preparing", 1));
    };
    store.descriptions = descriptions;
  }
  const asked = address();
  lab.asked = asked;
  const first = lab.descriptions[asked.model] ?? host.descriptions[0];
  if (asked.z) lab.setZ(...asked.z);
  if (asked.ends) lab.setPath(asked.ends, asked.steps);
  if (asked.second !== "none") lab.findSecond(asked.second);
  if (asked.lesson) lab.lesson = asked.lesson;
  if (asked.tab) [lab.tab, lab.fold] = [asked.tab, asked.fold];
  lab.use(first, asked.label);
  keepAddress();
  watchChanges();
  openDropped();
  restore().then(() => { // a link may name one of the visitor's own
    const named = lab.descriptions[asked.model];
    if (named?.mine && lab.model === first) lab.use(named, asked.label);
    if (asked.model && !named) lab.ready.then(() => lab.set("notice", words.common.noModel(asked.model.slice(0, 64))));
  });
}
