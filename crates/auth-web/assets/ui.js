/** The building blocks of the pages: elements, fields, forms and messages. */

import { AuthError } from "./client.js";

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

/** A button that does something on the page. */
export function button(label, onclick, kind = "plain", more = {}) {
  return h("button", { type: "button", class: `button ${kind}`, onclick, ...more }, label);
}

/** A link that looks like a button. */
export function buttonLink(label, href, kind = "primary") {
  return h("a", { class: `button ${kind}`, href }, label);
}

/** A time as people read it, with the exact one for machines. */
export function time(iso) {
  const text = new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
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
  const control = secret ? h("div", { class: "with-toggle" }, input, reveal(input)) : input;
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
    // Phone keyboards and clipboards leave blanks around what is no password.
    value: () => secret ? input.value : input.value.trim(),
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
  return h("button", {
    type: "button", class: "toggle", "aria-label": "Show password", "aria-pressed": "false", "aria-controls": input.id,
    onclick(event) {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      event.currentTarget.setAttribute("aria-pressed", String(shown));
      event.currentTarget.textContent = shown ? "Hide" : "Show";
    },
  }, "Show");
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
      if (submit.getAttribute("aria-disabled") === "true") return;
      clear(fields, problem);
      if (!complete(fields)) return;
      busy(submit, true);
      try {
        await spec.send(values());
      } catch (error) {
        explain(error, fields, problem, spec.failed);
      } finally {
        busy(submit, false);
      }
    },
  }, spec.before, fields.map((one) => one.element), problem, h("div", { class: "actions" }, submit));
  return element;
}

function busy(submit, on) {
  submit.setAttribute("aria-disabled", String(on));
  submit.classList.toggle("busy", on);
}

function clear(fields, problem) {
  for (const one of fields) one.show(null);
  problem.replaceChildren();
}

/** Whether nothing needed is missing; spares a question to the server. */
function complete(fields) {
  const missing = fields.filter((one) => !one.optional && !one.value());
  for (const one of missing) one.show("This is needed.");
  missing[0]?.input.focus();
  return missing.length === 0;
}

const FIELD_OF_CODE = { username_taken: "username", email_taken: "email" };

function explain(error, fields, problem, failed) {
  if (!(error instanceof AuthError)) throw error;
  const entries = error.errors.length ? error.errors : [{ field: FIELD_OF_CODE[error.code], detail: error.message }];
  const known = entries.filter((entry) => fields.some((one) => one.name === entry.field));
  for (const entry of known) fields.find((one) => one.name === entry.field).show(entry.detail);
  const first = fields.find((one) => known.some((entry) => entry.field === one.name));
  if (first) {
    first.input.focus();
    return;
  }
  const words = failed?.(error) ?? inWords(error);
  problem.replaceChildren(notice("bad", words));
}

/** A problem as a person can act on it. @param {unknown} error */
export function inWords(error) {
  if (!(error instanceof AuthError)) return "Something went wrong on this page. Reload it and try again.";
  const { code, retryAfter, errors } = error;
  if (code === "too_many_attempts" && retryAfter) return `Too many attempts. Try again in ${duration(retryAfter)}.`;
  if (code === "overloaded") return "The server is busy. Try again in a moment.";
  if (code === "cross_origin") return "This server does not trust the origin of this page (see --trusted-origin).";
  if (errors.length) return errors.map((one) => one.detail).join(" ");
  return error.message;
}

function duration(seconds) {
  if (seconds < 90) return `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** Runs what a button does, showing its problem beside it. */
export async function attempt(control, place, work) {
  control.setAttribute("aria-disabled", "true");
  place.replaceChildren();
  try {
    await work();
  } catch (error) {
    place.replaceChildren(notice("bad", inWords(error)));
  } finally {
    control.removeAttribute("aria-disabled");
  }
}

/** A place for the problems of buttons. */
export function problemPlace() {
  return h("div", { class: "problem", role: "alert" });
}
