/** The audit trail. */

import { button, field, h, problemPlace } from "../ui.js";
import { counted, t } from "../words.js";
import { lines } from "./audit-lines.js";
import { download } from "./download.js";
import { filters, outcome } from "./parts.js";

/** The most lines that one download holds, and how many are asked for at once. */
const AT_MOST = 10_000;
const PART = 200;

const FILTERS = ["user", "actor", "event", "since", "until"];

export async function audit(app) {
  const query = new URLSearchParams(location.search);
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""]));
  const asked = { ...inUtc(wanted) };
  const list = lines(app, asked);
  const look = async (values) => {
    Object.assign(asked, inUtc(values));
    const said = Object.entries(values).filter(([, value]) => value);
    history.replaceState(null, "", `/audit${said.length ? `?${new URLSearchParams(said)}` : ""}`);
    await list.refresh();
  };
  await list.refresh();
  return { title: t("console.audit"), wide: true, body: [search(wanted, look), saving(app, asked), list.element] };
}

/** Times of the place where somebody sits, as the API takes them. */
function inUtc(values) {
  const utc = (text) => (text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : "");
  return { ...values, since: utc(values.since), until: utc(values.until) };
}

function search(wanted, look) {
  const text = (name, label, hint) => field({ name, label, hint, value: wanted[name], optional: true });
  const moment = (name, label) => field({ name, label, type: "datetime-local", value: wanted[name], optional: true });
  const fields = [
    text("user", t("console_audit.user"), t("console_audit.user_hint")),
    text("actor", t("console_audit.actor"), t("console_audit.actor_hint")),
    text("event", t("console_audit.event"), t("console_audit.event_hint")),
    moment("since", t("console_audit.since")),
    moment("until", t("console_audit.until")),
  ];
  return filters({ fields, submit: t("console.look"), send: look, label: t("console_audit.search_title") });
}

/** What the filter finds as a file, a line of JSON each. */
function saving(app, asked) {
  const done = outcome();
  const problem = problemPlace();
  const save = async () => {
    done.clear();
    // All of the file is of one search, even if somebody looks for something else meanwhile.
    const filter = { ...asked };
    const found = [];
    let next;
    do {
      const part = await app.admin.get("/audit", { ...filter, limit: PART, cursor: next });
      found.push(...part.events);
      next = part.next;
    } while (next && found.length < AT_MOST);
    download("audit-lines.ndjson", "application/x-ndjson", found.map((line) => `${JSON.stringify(line)}\n`));
    done.say(next ? t("console_audit.saved_some", { count: found.length }) : counted("console_audit.count_saved", found.length));
  };
  return h("div", { class: "stack" }, h("div", { class: "actions" }, button(t("console_audit.save"), save, "plain", { problem })), problem, done.place);
}
