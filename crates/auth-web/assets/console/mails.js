/** The mails that wait to be delivered. */

import { button, h, problemPlace, time } from "../ui.js";
import { counted, t } from "../words.js";
import { badge, growing, number, outcome } from "./parts.js";

/** The kinds that are more than notices. */
const KINDS = {
  sign_up: "console_mails.sign_up",
  confirm: "console_mails.confirm",
  reset: "console_mails.reset",
  change_email: "console_mails.change_email",
  sign_in_code: "console_mails.sign_in_code",
  already_registered: "console_mails.already_registered",
};

export async function mails(app) {
  const problem = problemPlace();
  const done = outcome();
  const mayRetry = app.may("mail:write");
  const columns = [t("console_mails.kind"), t("console_mails.to"), t("console_mails.attempts"), t("console_mails.due"), t("console_mails.asked")];
  const list = growing({
    app,
    caption: t("console_mails.caption"),
    columns: mayRetry ? [...columns, ""] : columns,
    load: async (cursor) => {
      const { mails: items, next } = await app.admin.get("/mails", { cursor });
      return { items, next };
    },
    cells: (mail) => {
      const cells = [
        KINDS[mail.kind] ? t(KINDS[mail.kind]) : mail.kind.replaceAll("_", " "),
        mail.to,
        mail.attempts ? badge(number(mail.attempts), "bad") : number(0),
        time(mail.due_at),
        time(mail.created_at),
      ];
      return mayRetry ? [...cells, retrying(mail)] : cells;
    },
    empty: t("console_mails.none"),
  });
  const retrying = (mail) => {
    if (!mail.can_retry) return h("span", { class: "hint" }, t("console_mails.soon"));
    return button(t("console_mails.retry"), () => retry(mail), "plain small", { problem, "aria-label": t("console_mails.retry_label", { to: mail.to }) });
  };
  const settled = async (words) => {
    await list.refresh();
    done.say(words);
    document.querySelector("main h1")?.focus();
  };
  const retry = async (mail) => {
    const { status } = await app.admin.post(`/mails/${encodeURIComponent(mail.id)}/retry`);
    await settled(status === "due" ? t("console_mails.retried") : t("console_mails.soon_anyway"));
  };
  const retryAll = async () => {
    const { retried } = await app.admin.post("/mails/retry");
    await settled(counted("console_mails.count_retried", retried));
  };
  await list.refresh();
  const buttons = [
    button(t("console_mails.look_again"), () => list.refresh(), "plain", { problem }),
    mayRetry ? button(t("console_mails.retry_all"), retryAll, "plain", { problem }) : null,
  ];
  return {
    title: t("console.mails"),
    wide: true,
    body: [h("p", {}, t("console_mails.lead")), h("div", { class: "actions" }, buttons), problem, done.place, list.element],
  };
}
