/** The building blocks of the pages: elements, fields, forms and messages. */

import { AuthError, storage } from "./client.js";
import { counted, has, language, rich, t } from "./words.js";

/** What the pages keep for this browser, and for this tab. */
export const [local, session] = [storage("localStorage"), storage("sessionStorage")];

/**
 * Makes an element. `on…` attributes are listeners; null and false leave an attribute out.
 *
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...any} children nodes, texts, arrays of them, or nothing
 * @returns {any} the element of that tag
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Makes an element of a drawing. */
export function svg(/** @type {string} */ tag, /** @type {Record<string, any>} */ attributes, .../** @type {Element[]} */ children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

let lastId = 0;

/** An id that no other element has. */
export function uniqueId(/** @type {string} */ prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

/** A message in the flow of a page. @param {"info" | "good" | "bad"} kind */
export function notice(kind, ...children) {
  return h("div", { class: `notice ${kind}` }, ...children);
}

/**
 * A button that does something on the page: once at a time, and what went wrong is told in `problem`,
 * or beside the button.
 */
export function button(label, work, kind = "plain", { problem, ...more } = {}) {
  const onclick = (event) => run(event.currentTarget, () => work(event), problem);
  return h("button", { type: "button", class: `button ${kind}`, onclick, ...more }, label);
}

/** Does the work of a control, which is busy as long as it takes: a second press does nothing. */
export async function run(control, work, problem = places.get(control)) {
  if (isBusy(control)) return;
  busy(control, true);
  problem?.replaceChildren();
  try {
    await work();
    busy(control, false);
  } catch (error) {
    busy(control, false);
    refused(problem ?? problemBeside(control), error, control);
  }
}

const isBusy = (control) => control.getAttribute("aria-disabled") === "true";

function busy(control, on) {
  if (on) control.setAttribute("aria-disabled", "true");
  else control.removeAttribute("aria-disabled");
  control.classList.toggle("busy", on);
}

/** Tells what went wrong. Where a limit was reached, the time that is left runs down, and the control waits for its end. */
export function refused(place, error, control) {
  if (error.code === "too_many_attempts" && error.retryAfter) countDown(place, error.retryAfter, control);
  else place.replaceChildren(notice("bad", inWords(error)));
}

function countDown(place, seconds, control) {
  const until = Date.now() + seconds * 1000;
  const clock = h("span", { class: "clock", "aria-hidden": "true" });
  // Who can't see the clock is told once, and not every second.
  const message = notice("bad", ...rich("wait.limited", { clock: h("span", {}, clock, h("span", { class: "quiet" }, duration(seconds))) }));
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    clock.textContent = clockTime(left);
    if (left > 0) return setTimeout(tick, 250);
    control.removeAttribute("aria-disabled");
    if (message.isConnected) place.replaceChildren(notice("info", t("wait.over")));
    return undefined;
  };
  control.setAttribute("aria-disabled", "true");
  place.replaceChildren(message);
  tick();
}

/** Minutes and seconds, such as 1:05. */
function clockTime(seconds) {
  const two = (count) => String(count).padStart(2, "0");
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** The place for the problems of buttons, where a page has one of its own. */
export function problemPlace() {
  return h("div", { class: "problem", role: "alert" });
}

const places = new WeakMap();

/** A place for a control's problems, made when there is the first one. */
function problemBeside(control) {
  const place = problemPlace();
  places.set(control, place);
  (control.closest(".actions") ?? control).after(place);
  return place;
}

/** Keeps a control busy until the browser has left for another page, or did not. */
export function leaving() {
  return new Promise((done) => setTimeout(done, 5000));
}

/** A link that looks like a button. */
export function buttonLink(label, href, kind = "primary") {
  return h("a", { class: `button ${kind}`, href }, label);
}

/** Puts something else in the place of the page's content, under a heading of its own. */
export function instead(app, title, ...body) {
  const heading = h("h1", { tabindex: "-1" }, title);
  document.title = `${title} · ${app.site.name}`;
  document.getElementById("main")?.replaceChildren(heading, ...body.flat().filter(Boolean));
  heading.focus();
  scrollTo(0, 0);
}

/** A time as people read it, with the exact one for machines. */
export function time(iso) {
  const text = new Date(iso).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  return h("time", { datetime: iso }, text);
}

/**
 * A labelled field with room for its error.
 *
 * @param {{name: string, label: string, type?: string, autocomplete?: string, value?: string, hint?: string, optional?: boolean, inputmode?: string}} spec
 */
export function field(spec) {
  const id = uniqueId(spec.name);
  const secret = spec.type === "password";
  const hint = spec.hint ? h("p", { class: "hint", id: `${id}-hint` }, spec.hint) : null;
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  const input = h("input", {
    id, name: spec.name, type: spec.type ?? "text", value: spec.value, inputmode: spec.inputmode,
    autocomplete: spec.autocomplete ?? "off", autocapitalize: "none", spellcheck: "false",
    "aria-required": spec.optional ? null : "true",
    "aria-describedby": hint ? hint.id : null,
  });
  const label = h("label", { for: id }, spec.label);
  const password = secret ? reveal(input) : null;
  const control = password ? h("div", { class: "with-toggle" }, input, password.toggle) : input;
  const element = h("div", { class: "field" }, label, control, hint, error);
  /** @type {string[]} */
  const extra = [];
  const show = (text) => {
    error.textContent = text ?? "";
    error.hidden = !text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    const described = [hint?.id, text ? error.id : null, ...extra].filter(Boolean).join(" ");
    if (described) input.setAttribute("aria-describedby", described);
    else input.removeAttribute("aria-describedby");
  };
  input.addEventListener("input", () => error.hidden || show(null));
  return {
    name: spec.name, optional: spec.optional ?? false, element, input, show,
    // Phone keyboards put a blank after what they complete.
    value: () => (password ? input.value : input.value.trim()),
    hide: () => password?.set(false),
    /** Adds something that explains the field, such as a meter. */
    explain(node) {
      node.id ||= uniqueId(`${id}-more`);
      extra.push(node.id);
      element.insertBefore(node, error);
      show(null);
    },
  };
}

/** Shows and hides what is typed into a password field. */
function reveal(input) {
  const set = (shown) => {
    input.type = shown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(shown));
    toggle.textContent = shown ? t("common.hide") : t("common.show");
  };
  const toggle = h("button", {
    type: "button", class: "toggle", "aria-label": t("common.show_password"), "aria-pressed": "false", "aria-controls": input.id,
    onclick: () => set(input.type === "password"),
  }, t("common.show"));
  return { toggle, set };
}

/** A field for a code, which only the person has in front of them. */
export function codeField(label, { name = "code", inputmode = "numeric", ...more } = {}) {
  return field({ name, label, inputmode, autocomplete: "one-time-code", ...more });
}

/** A box to tick. */
export function checkbox(name, label, optional = true) {
  const id = uniqueId(name);
  const input = h("input", { type: "checkbox", id, name });
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  const element = h("div", { class: "field" }, h("div", { class: "check" }, input, h("label", { for: id }, label)), error);
  const show = (text) => {
    error.textContent = text ?? "";
    error.hidden = !text;
    if (text) input.setAttribute("aria-describedby", error.id);
  };
  return { name, optional, element, input, show, value: () => input.checked };
}

/** A choice of one of these values, each with its label. */
export function choice({ name, label, options, value }) {
  const id = uniqueId(name);
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  const input = h("select", { id, name, autocomplete: "off" }, options.map(([one, words]) => h("option", { value: one, lang: one || null, selected: one === value }, words)));
  const show = (text) => {
    error.textContent = text ?? "";
    error.hidden = !text;
    if (text) input.setAttribute("aria-describedby", error.id);
  };
  return { name, optional: true, element: h("div", { class: "field" }, h("label", { for: id }, label), input, error), input, show, value: () => input.value };
}

/**
 * A form that sends its values, and puts what the server has to say where it belongs.
 *
 * @param {{fields: any[], submit: string, send: (values: any) => Promise<any>, kind?: string, failed?: (error: AuthError) => any, label?: string, before?: any}} spec
 *   `failed` may answer with nodes that say more than the problem's own words
 */
export function form(spec) {
  const problem = h("div", { class: "problem", role: "alert", tabindex: "-1" });
  const submit = h("button", { type: "submit", class: `button ${spec.kind ?? "primary"}` }, spec.submit);
  const fields = spec.fields;
  const values = () => Object.fromEntries(fields.map((one) => [one.name, one.value()]));
  const element = h("form", {
    novalidate: true, method: "post", "aria-label": spec.label,
    async onsubmit(event) {
      event.preventDefault();
      if (isBusy(submit)) return;
      clear(fields, problem);
      // Browsers offer to keep a password only while it is one.
      for (const one of fields) one.hide?.();
      if (!complete(fields)) return;
      busy(submit, true);
      try {
        await spec.send(values());
        busy(submit, false);
      } catch (error) {
        busy(submit, false);
        explain(error, { fields, problem, submit, failed: spec.failed });
      }
    },
  }, spec.before, fields.map((one) => one.element), problem, h("div", { class: "actions" }, submit));
  return element;
}

/** Tells password managers whose account a form is about. */
export function owner(name) {
  return name ? h("input", { type: "text", autocomplete: "username", value: name, readonly: true, hidden: true }) : null;
}

/** The text fields of the forms in a place. */
const texts = (place) => [...place.querySelectorAll("form input[name]:not([type=checkbox])")];

/** What was typed into forms and not sent; no password, even while it is shown, and no code. */
export function typed(place) {
  const fresh = (one) => one.value !== one.defaultValue && !/password|one-time-code/.test(one.autocomplete);
  return texts(place).map((one, at) => ({ at, name: one.name, value: one.value, fresh: fresh(one) })).filter((one) => one.fresh);
}

/** Types it again, and says whether there was anything to type. */
export function retype(place, words) {
  const inputs = texts(place);
  const known = words.filter(({ at, name }) => inputs[at]?.name === name);
  for (const { at, value } of known) {
    inputs[at].value = value;
    inputs[at].dispatchEvent(new Event("input"));
  }
  return known.length > 0;
}

function clear(fields, problem) {
  for (const one of fields) one.show(null);
  problem.replaceChildren();
}

/** Whether nothing needed is missing; spares a question to the server. */
function complete(fields) {
  const missing = fields.filter((one) => !one.optional && !one.value());
  for (const one of missing) one.show(t("common.needed"));
  missing[0]?.input.focus();
  return missing.length === 0;
}

const FIELD_OF_CODE = { username_taken: "username", email_taken: "email", invalid_factor: "code" };

/** What a server's rules say that its refusals don't. */
export const rules = { minLength: 8 };

/** Refusals of fields that can be told better than by their code alone. */
const PRECISE = { "email.invalid_format": "field.email_format", "username.invalid_characters": "field.username_characters" };

/** What is wrong with a field; an application's own fields have words of their own. */
function fieldWords({ field, code, detail }) {
  if (code === "too_short" && field.endsWith("password")) return t("field.password_short", { count: rules.minLength });
  const key = PRECISE[`${field}.${code}`] ?? `field.${code}`;
  return field.startsWith("profile") || !has(key) ? detail : t(key);
}

/** An error in words for people. */
export class Said extends Error {}

function explain(error, { fields, problem, submit, failed }) {
  const of = FIELD_OF_CODE[error.code];
  const entries = error.errors?.length ? error.errors.map((one) => [one.field, fieldWords(one)]) : [[of, of && inWords(error)]];
  const known = entries.filter(([name]) => fields.some((one) => one.name === name));
  for (const [name, words] of known) fields.find((one) => one.name === name).show(words);
  const first = fields.find((one) => known.some(([name]) => one.name === name));
  if (first) {
    first.input.focus();
    return;
  }
  const words = failed?.(error);
  if (words === null || words === undefined) refused(problem, error, submit);
  else problem.replaceChildren(notice("bad", words));
}

/** What a server says where the operator's hook refuses without a word. */
const NO_WORD = "The operator of this service does not permit this.";

/** A problem as a person can act on it. @param {unknown} error */
export function inWords(error) {
  if (error instanceof Said) return error.message;
  if (!(error instanceof AuthError)) {
    console.error(error);
    return t("error.page");
  }
  if (error.errors.length) return error.errors.map(fieldWords).join(" ");
  if (error.code === "refused_by_policy" && error.message !== NO_WORD) return error.message;
  const key = `error.${error.code}`;
  return has(key) ? t(key, { status: error.status }) : error.message;
}

function duration(seconds) {
  return seconds < 90 ? counted("wait.seconds", seconds) : counted("wait.minutes", Math.ceil(seconds / 60));
}
