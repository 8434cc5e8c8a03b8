/**
 * Words in the person's language. The table comes from the node and is kept per language for the life of the page.
 */
import { getJson } from "./api.mjs";

const tables = new Map();
let current = "en";
let table = {};
let wish = 0;
let chosen = null;

export const LANGUAGES = [["zh-Hans", "简体"], ["zh-Hant", "繁體"], ["en", "English"]];

/** Fetch (once) and use the texts of a language; of two wishes at once the later one wins, whoever answers first. */
export async function useLanguage(language) {
  wish += 1;
  const mine = wish;
  if (!tables.has(language)) {
    const answer = await getJson(`texts?lang=${language}`);
    tables.set(language, answer.texts);
  }
  if (mine !== wish) return;
  current = language;
  table = tables.get(language);
  document.documentElement.lang = language;
}

/** The language that a person at the screen has chosen while nobody is signed in; null: the node's word counts. */
export function chooseLanguage(language) {
  chosen = language;
}

/** What was chosen at the screen and is stronger than the node's default. */
export function chosenLanguage() {
  return chosen;
}

/** The language on the screen now. */
export function language() {
  return current;
}

/**
 * The text of `till.<key>` with `{name}` facts filled in (`<key>.one` for n = 1); the key itself shows a missing
 * text.
 */
export function t(key, facts) {
  const one = facts && Number(facts.n) === 1 ? table[`till.${key}.one`] : undefined;
  const text = one === undefined ? table["till." + key] : one;
  if (text === undefined) return "till." + key;
  if (!facts) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? String(facts[name]) : whole));
}

/** Is there such a text? */
export function known(key) {
  return "till." + key in table;
}

/** The language of a Text that will be shown: ours, else English, else whatever there is. */
export function languageOf(text) {
  if (!text || text[current]) return current;
  return text.en ? "en" : Object.keys(text)[0] || current;
}

/** One language of a Text. */
export function pick(text) {
  if (!text) return "";
  return typeof text === "string" ? text : text[languageOf(text)] || "";
}
