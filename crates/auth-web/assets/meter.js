/**
 * The strength meter. It knows the rules of the server (length, common passwords, the
 * account's own words) and calls nothing strong that the server refuses.
 */

import { h } from "./ui.js";

/** From this length on a password is strong unless a rule speaks against it. */
const STRONG = 15;

/**
 * Puts a meter under a password field.
 *
 * @param {any} app
 * @param {any} password the field
 * @param {() => string[]} words names, username and address of the account
 */
export function meter(app, password, words) {
  const bar = h("progress", { class: "meter", max: 1, value: 0, "aria-hidden": "true" });
  const text = h("p", { class: "hint" }, rule(app));
  /** @type {Set<string> | null} */
  let common = null;
  let spoken = 0;
  const update = () => {
    const found = verdict(password.value(), app.strategy.password, [...words(), app.site.name], common);
    bar.value = found.share;
    bar.dataset.level = found.level;
    text.textContent = found.text || rule(app);
    clearTimeout(spoken);
    if (found.text) spoken = setTimeout(() => app.tell(found.text), 900);
  };
  password.input.addEventListener("focus", async () => {
    // Without the list the server still knows it.
    common ??= (await import("./common.js").catch(() => ({ common: null }))).common;
    update();
  }, { once: true });
  password.input.addEventListener("input", update);
  password.explain(h("div", { class: "strength" }, bar, text));
}

function rule(app) {
  return `At least ${app.strategy.password.min_length} characters. A few random words make a good one.`;
}

/**
 * What the server would say, and how far there is to go.
 *
 * @param {string} password
 * @param {import("./client.js").PasswordRules} rules
 * @param {string[]} words
 * @param {Set<string> | null} common
 */
export function verdict(password, rules, words, common) {
  const length = [...password.normalize("NFC")].length;
  const share = Math.min(1, length / Math.max(STRONG, rules.min_length));
  const bad = (text) => ({ level: "bad", text, share: Math.min(share, 0.4) });
  if (length === 0) return { level: "none", text: "", share: 0 };
  if (length < rules.min_length) return bad(`${plural(rules.min_length - length)} more needed.`);
  if (length > rules.max_length) return bad(`${plural(length - rules.max_length)} too many.`);
  const folded = password.normalize("NFC").toLowerCase();
  if (common?.has(folded)) return bad("Too common: this is among the passwords that are tried first.");
  if (words.flatMap(parts).some((word) => derives(folded, word))) return bad("Too easy to guess: this is made of your own name, username or address.");
  if (length < STRONG || !common) return { level: "fair", text: "Long enough. Longer is stronger.", share };
  return { level: "good", text: "Strong: long, and not easy to guess.", share };
}

function plural(count) {
  return count === 1 ? "1 character" : `${count} characters`;
}

/** A word and, for an address, its parts; short ones prove nothing. */
function parts(word) {
  const folded = word.normalize("NFC").toLowerCase();
  return [folded, folded.split("@")[0], ...folded.split(/[@._\- ]/)].filter((part) => [...part].length >= 3);
}

/** Whether a password is just the word, backwards, repeated or with a few signs around it. */
function derives(password, word) {
  const backwards = [...word].reverse().join("");
  const bare = password.replace(/^\P{Alphabetic}+|\P{Alphabetic}+$/gu, "");
  const trimmed = [...password].length - [...bare].length;
  const core = trimmed <= 4 ? bare : password;
  return [word, backwards].some((one) => repeats(password, one) || repeats(core, one));
}

function repeats(text, word) {
  return text !== "" && text.split(word).every((rest) => rest === "");
}
