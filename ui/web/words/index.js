// Every sentence a visitor reads, in the language of the page: words.TAB.sentence(numbers) -> text.
// Each is whole, never glued from fragments, because grammars differ.
//
// A language is a folder beside this file with the modules of en/ and a line in LANGUAGES and in `fetched`.

import { sentences as english } from "./en/index.js";

/** As each calls itself. */
export const LANGUAGES = { en: "English", zh: "中文" };
const KEPT = "latent-lab language";

/** @type {Record<string, () => Promise<{ sentences: typeof english }>>} */
const fetched = {
  en: async () => ({ sentences: english }),
  zh: () => /** @type {any} */ (import("./zh/index.js")), // literals are of other types: tests/web/test_languages.py compares them
};

// What modules hold on to: the sentences in it change with the language.
export const words = /** @type {typeof english} */ (
  Object.fromEntries(Object.entries(english).map(([tab, sentences]) => [tab, { ...sentences }])));

/** The language in use: a key of LANGUAGES. */
export const now = { language: "en" };

/** Speak a language from now on; what is on the page already stays as it is until it is mounted anew.
 * @param {string} language a key of LANGUAGES */
export async function speak(language) {
  const { sentences } = await fetched[language]();
  for (const tab of Object.keys(sentences)) Object.assign(words[tab], sentences[tab]);
  now.language = language;
  document.documentElement.lang = words.common.language;
}

/** The same, and remember it for the next visit. */
export async function choose(/** @type {string} */ language) {
  await speak(language);
  try { localStorage.setItem(KEPT, language); } catch { /* a page from a disk, or a browser that keeps nothing */ }
}

/** A class as it is called in the language of the page.
 * @template {string | null | undefined} Name
 * @param {Name} name as state, links and files have it
 * @returns {Name} */
export const named = (name) => words.classes.names[/** @type {any} */ (name)] ?? name;

/** What went wrong, within a sentence.
 * @param {any} error a Fault; another is one of the page itself */
export function why(error) {
  const sentence = words.errors[error.key];
  if (!sentence) console.error(error);
  return typeof sentence === "function" ? sentence(...error.details) : sentence ?? words.errors.unknown;
}

/** What the address asks for, or what was chosen before, or what the browser speaks. */
export function wanted() {
  let kept = null;
  try { kept = localStorage.getItem(KEPT); } catch { /* as above */ }
  const asked = new URL(location.href).searchParams.get("lang");
  return [asked, kept, ...navigator.languages.map((one) => one.split("-")[0])].find((one) => one && one.toLowerCase() in LANGUAGES)?.toLowerCase() ?? "en";
}
