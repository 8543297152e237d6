/** The words of the pages, in the language that the server chose for this document. */

/** The server puts them in here. @type {Record<string, string>} */
const WORDS = {};

/** The tag of the language (BCP 47), which dates and numbers follow too. */
export const language = document.documentElement.lang || "en";

/** Whether there is a text of this key. */
export const has = (/** @type {string} */ key) => key in WORDS;

/**
 * A text with values in the place of their names in braces, as parts: values may be elements.
 *
 * @param {string} key
 * @param {Record<string, any>} [values]
 * @returns {any[]}
 */
export function rich(key, values = {}) {
  return (WORDS[key] ?? key).split(/\{([a-z_]+)\}/).map((part, n) => (n % 2 ? values[part] ?? "" : part));
}

/** The same where all values are texts. */
export function t(/** @type {string} */ key, /** @type {Record<string, any>} */ values = {}) {
  return rich(key, values).join("");
}

/** A number of things, by the text for one or for several. */
export function counted(/** @type {string} */ key, /** @type {number} */ count) {
  const form = `${key}_${new Intl.PluralRules(language).select(count)}`;
  return t(has(form) ? form : `${key}_other`, { count });
}
