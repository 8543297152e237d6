/** What happened to the account. */

import { deviceName } from "./device.js";
import { eventWords } from "./events.js";
import { button, h, problemPlace, time } from "./ui.js";
import { counted, t } from "./words.js";

const BY = { you: "history.by_you", operator: "history.by_operator" };

/** The latest first, a part at a time. */
export async function history(app) {
  const list = h("ol", { class: "list" });
  const problem = problemPlace();
  const more = h("div", { class: "actions" });
  const add = ({ events, next }) => {
    const items = events.map(item);
    list.append(...items);
    more.replaceChildren(next ? button(t("history.more"), () => showMore(next), "plain", { problem }) : h("p", { class: "hint" }, t("history.end")));
    return items;
  };
  const showMore = async (next) => {
    const [first, ...others] = add(await app.client.securityEvents(next));
    app.tell(counted("history.count_more", others.length + (first ? 1 : 0)));
    first?.focus();
  };
  add(await app.client.securityEvents());
  return { title: t("history.title"), wide: true, body: [h("p", {}, t("history.lead")), list, problem, more] };
}

function item(event) {
  const refused = event.outcome === "failure" ? [" ", h("span", { class: "badge bad" }, t("history.refused"))] : null;
  const facts = [
    time(event.at),
    BY[event.by] ? t(BY[event.by]) : t("history.by_unknown"),
    event.user_agent ? deviceName(event.user_agent) : null,
    event.ip,
  ].filter(Boolean);
  return h("li", { class: "item", tabindex: "-1" },
    h("div", {},
      h("p", { class: "item-title" }, eventWords(event.event), refused),
      h("p", { class: "hint" }, facts.flatMap((fact, n) => (n ? [" · ", fact] : [fact])))));
}
