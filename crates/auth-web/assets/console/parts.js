/** What the pages of the console are built of: tables, lists that grow, choices and dialogs. */

import { button, form, h, notice, problemPlace, uniqueId } from "../ui.js";
import { counted, language, t } from "../words.js";

const NUMBER = new Intl.NumberFormat(language);

/** A number as people read it. */
export const number = (count) => NUMBER.format(count);

/** A part of a page under a heading. */
export function section(title, ...content) {
  const id = uniqueId("part");
  return h("section", { class: "card", "aria-labelledby": id }, h("h2", { id, tabindex: "-1" }, title), ...content);
}

export const badge = (words, kind = "") => h("span", { class: `badge ${kind}`.trim() }, words);

/**
 * A table, whose rows become cards where there is no room for columns. The roles are said, since a
 * table that is laid out otherwise is none to some browsers.
 *
 * @param {string} caption
 * @param {string[]} columns the last one may be empty, for buttons
 */
export function table(caption, columns) {
  const heads = columns.map((label) => h("th", { scope: "col", role: "columnheader" }, label || h("span", { class: "quiet" }, t("console.actions"))));
  const body = h("tbody", { role: "rowgroup" });
  const element = h("table", { class: "table", role: "table" },
    h("caption", {}, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)),
    body);
  const cell = (content, n) => {
    const [tag, attributes] = n ? ["td", { role: "cell" }] : ["th", { scope: "row", role: "rowheader" }];
    return h(tag, { ...attributes, "data-label": columns[n] || null }, h("div", {}, content ?? "–"));
  };
  /** Adds a row of these cells, of which the first names it. */
  const add = (cells) => {
    const row = h("tr", { role: "row" }, cells.map(cell));
    body.append(row);
    return row;
  };
  return { element, body, add, clear: () => body.replaceChildren() };
}

/** How many parts in which nothing is found are passed before somebody is asked whether to go on. */
const EMPTY_PARTS = 5;

/**
 * A table that grows by parts.
 *
 * @param {{app: any, caption: string, columns: string[], load: (cursor?: string) => Promise<{items: any[], next?: string | null}>, cells: (item: any) => any[], empty: string}} spec
 */
export function growing({ app, caption, columns, load, cells, empty }) {
  const rows = table(caption, columns);
  const problem = problemPlace();
  const foot = h("div", { class: "actions" });
  const none = h("p", { class: "empty", hidden: true }, empty);
  let turn = 0;
  const part = async (cursor) => {
    let found = await load(cursor);
    for (let n = 0; n < EMPTY_PARTS && !found.items.length && found.next; n += 1) found = await load(found.next);
    return found;
  };
  const put = ({ items, next }) => {
    const added = items.map((item) => rows.add(cells(item)));
    const isEmpty = !rows.body.childElementCount;
    none.hidden = !isEmpty || Boolean(next);
    rows.element.hidden = isEmpty;
    foot.replaceChildren(...(next ? [button(t("console.more"), () => more(next), "plain", { problem })] : []));
    return added;
  };
  const more = async (cursor) => {
    const mine = turn;
    const found = await part(cursor);
    // Whoever has looked for something else meanwhile gets nothing of this any more.
    if (mine !== turn) return;
    const added = put(found);
    app.tell(counted("console.count_more", added.length));
    const first = added[0]?.querySelector("a, button") ?? added[0];
    if (first && !first.matches("a, button")) first.tabIndex = -1;
    first?.focus();
  };
  /** Reads it from the beginning. */
  const refresh = async () => {
    turn += 1;
    const mine = turn;
    // Where the old list goes on means nothing to what is looked for now.
    foot.replaceChildren();
    const first = await part();
    // Whoever asked last is answered.
    if (mine !== turn) return;
    rows.clear();
    put(first);
  };
  return { element: h("div", { class: "stack" }, rows.element, none, problem, foot), refresh };
}

/** A choice of one of these values. @param {{name: string, label: string, options: [string, string][], value?: string}} spec */
export function select({ name, label, options, value = "" }) {
  const id = uniqueId(name);
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  const input = h("select", { id, name, autocomplete: "off" }, options.map(([one, words]) => h("option", { value: one, selected: one === value }, words)));
  const show = (text) => {
    error.textContent = text ?? "";
    error.hidden = !text;
    if (text) input.setAttribute("aria-describedby", error.id);
  };
  return { name, optional: true, element: h("div", { class: "field" }, h("label", { for: id }, label), input, error), input, show, value: () => input.value };
}

/** A form whose fields stand beside each other where there is room. */
export function filters(spec) {
  const element = form(spec);
  element.classList.add("filters");
  return element;
}

/**
 * Asks in a dialog; whoever closes it has done nothing. What it sends is done before it ends, and gives what
 * comes after that, when the page can have the focus again.
 */
export function dialog({ title, words, fields, submit, kind, send }) {
  const id = uniqueId("dialog");
  const close = () => element.close();
  const done = async (values) => {
    const after = await send(values);
    // What stops somebody short leaves it open.
    if (!after) return;
    close();
    await after();
  };
  const head = h("div", { class: "sheet-head" }, h("h2", { id }, title), button(t("common.close"), close, "plain small"));
  const element = h("dialog", { class: "sheet", "aria-labelledby": id, onclose: () => element.remove() },
    head, words ? h("p", {}, words) : null, form({ fields, submit, kind, send: done, label: title }));
  document.body.append(element);
  element.showModal();
  element.querySelector("input, select, .primary, .danger")?.focus();
}

/** A place in which what was done is said, also to who can't see it. */
export function outcome() {
  const place = h("div", { role: "status" });
  return { place, say: (words, kind = "good") => place.replaceChildren(notice(kind, words)), clear: () => place.replaceChildren() };
}
