/** Lines of the audit trail as a table. */

import { deviceName } from "../device.js";
import { eventWords } from "../events.js";
import { h, time } from "../ui.js";
import { t } from "../words.js";
import { badge, growing } from "./parts.js";

const USER = "user:";

/**
 * The lines that a filter finds, the latest first.
 *
 * @param {any} app
 * @param {Record<string, string>} filter what is in it when the list is read, is looked for
 * @param {{ofOne?: boolean}} [options] `ofOne`: all are about one account, which is not named in each
 */
export function lines(app, filter, { ofOne = false } = {}) {
  const columns = [t("console_audit.when"), t("console_audit.event"), t("console_audit.actor"), ...(ofOne ? [] : [t("console_audit.account")]), t("console_audit.address")];
  return growing({
    app,
    caption: t("console_audit.caption"),
    columns,
    load: async (cursor) => {
      const { events, next } = await app.admin.get("/audit", { ...filter, limit: ofOne ? 20 : 50, cursor });
      return { items: events, next };
    },
    cells: (line) => [
      time(line.at),
      what(line),
      who(line.actor),
      ...(ofOne ? [] : [line.user_id ? person(line.user_id) : null]),
      from(line),
    ],
    empty: t("console_audit.none"),
  });
}

const person = (id) => h("a", { href: `/person?id=${id}`, class: "code" }, id);

function who(actor) {
  if (!actor) return t("console_audit.nobody");
  return actor.startsWith(USER) ? person(actor.slice(USER.length)) : h("span", { class: "code" }, actor);
}

function what(line) {
  const details = line.details ? Object.entries(line.details).map(([name, value]) => `${name}: ${value}`).join(", ") : "";
  return [
    eventWords(line.event),
    line.outcome === "failure" ? [" ", badge(t("history.refused"), "bad")] : null,
    h("span", { class: "hint code more" }, line.event, details ? ` · ${details}` : ""),
  ];
}

function from({ ip, user_agent }) {
  if (!ip && !user_agent) return null;
  return [ip ?? "", user_agent ? h("span", { class: "hint more" }, deviceName(user_agent)) : null];
}
