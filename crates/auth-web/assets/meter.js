/**
 * The strength meter. It knows the rules of the server (length; nothing that is made of
 * sequences, repeats, common words or the account's own only) and calls nothing strong that
 * the server refuses: of the server's lists it has the long entries, and whatever might be a
 * short one keeps a password from being called strong.
 */

import { h } from "./ui.js";
import { counted, t } from "./words.js";

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
  return t("meter.rule", { count: app.strategy.password.min_length });
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
  if (length < rules.min_length) return bad(counted("meter.more", rules.min_length - length));
  if (length > rules.max_length) return bad(counted("meter.less", length - rules.max_length));
  const folded = fold(password);
  const own = new Set(words.flatMap(parts).flatMap((word) => [word, [...word].reverse().join("")]));
  if (common?.has(folded)) return bad(t("meter.common"));
  if (isObvious(folded, (piece) => common?.has(piece))) return bad(t("meter.obvious"));
  if (isObvious(folded, (piece) => own.has(piece) || common?.has(piece))) return bad(t("meter.own"));
  const mayBeWord = (piece) => own.has(piece) || common?.has(piece) || /^\S{4,10}$/u.test(piece);
  if (length < STRONG || !common || isObvious(folded, mayBeWord)) return { level: "fair", text: t("meter.fair"), share };
  return { level: "good", text: t("meter.strong"), share };
}

/** The form in which passwords and words are compared. */
function fold(text) {
  return text.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

/** A word and, for an address, its parts; short ones prove nothing. */
function parts(word) {
  const folded = fold(word.trim());
  return [folded, folded.split("@")[0], ...folded.split(/[@._\- ]/)].filter((part) => [...part].length >= 3);
}

const MAX_WORDS = 2;
const MAX_FILLING = 4;
const MIN_UNIT = 8;

const KEYBOARDS = [
  "`1234567890-=", "!@#$%^&*()", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiop", "yxcvbnm,.-",
  "azertyuiop", "qsdfghjklm", "wxcvbn,;:!", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "qazwsxedcrfvtgbyhnujmikolp",
  "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю",
].flatMap((row) => [row, [...row].reverse().join("")]);

/** Whether a text is made of runs, one or two words and a few signs only, once or repeated. */
function isObvious(password, isWord) {
  const text = [...password];
  const unit = repeated(text);
  return (unit && (unit.length < MIN_UNIT || isMadeOfPieces(unit, isWord))) || isMadeOfPieces(text, isWord);
}

/** What the whole text repeats, if it does so at least once. */
function repeated(text) {
  for (let period = 1; period * 2 <= text.length; period++) {
    if (text.every((one, at) => at < period || one === text[at - period])) return text.slice(0, period);
  }
  return null;
}

function isMadeOfPieces(text, isWord) {
  // The fewest words that reach each position, by how many signs were skipped.
  const fewest = Array.from({ length: text.length + 1 }, () => Array(MAX_FILLING + 1).fill(Infinity));
  fewest[0][0] = 0;
  for (let start = 0; start < text.length; start++) {
    const here = fewest[start];
    if (Math.min(...here) > MAX_WORDS) continue;
    const reach = (end, skipped, more) => here.forEach((used, filling) => {
      const next = fewest[end];
      if (filling + skipped <= MAX_FILLING) next[filling + skipped] = Math.min(next[filling + skipped], used + more);
    });
    if (!/\p{Alphabetic}/u.test(text[start])) reach(start + 1, 1, 0);
    for (let end = start + 3; end <= text.length; end++) {
      const piece = text.slice(start, end);
      if (isRun(piece)) reach(end, 0, 0);
      else if (isWord(piece.join(""))) reach(end, 0, 1);
    }
  }
  return Math.min(...fewest[text.length]) <= MAX_WORDS;
}

/** Whether the characters follow each other in an alphabet or on a keyboard, or are all the same. */
function isRun(piece) {
  const step = (at) => piece[at].codePointAt(0) - piece[at - 1].codePointAt(0);
  const first = step(1);
  if (Math.abs(first) <= 1 && piece.every((_, at) => at === 0 || step(at) === first)) return true;
  const text = piece.join("");
  return KEYBOARDS.some((row) => row.includes(text));
}
