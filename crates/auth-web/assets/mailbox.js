/** The mails of a development server, which leave the machine for nowhere. */

import { button, h, time } from "./ui.js";
import { t } from "./words.js";

export async function mailbox() {
  const list = h("div", { class: "mails" });
  const draw = async () => {
    const answer = await fetch("/dev/mailbox.json", { cache: "no-store", signal: AbortSignal.timeout(15_000) });
    const mails = answer.ok ? await answer.json() : [];
    list.replaceChildren(...mails.map(mail));
    if (!mails.length) list.append(h("p", { class: "empty" }, t("mailbox.none")));
  };
  await draw();
  return {
    title: t("mailbox.title"),
    wide: true,
    body: [h("p", {}, t("mailbox.lead")), h("div", { class: "actions" }, button(t("mailbox.look_again"), draw)), list],
  };
}

function mail(one, index) {
  return h("details", { class: "card mail", open: index === 0 },
    h("summary", {}, h("span", { class: "item-title" }, one.subject), h("span", { class: "hint" }, one.to, " · ", time(one.sent_at))),
    h("h2", {}, t("mailbox.as_html")), framed(one),
    h("h2", {}, t("mailbox.as_text")), h("pre", {}, linkified(one.text)));
}

/** A mail in a document of its own, with its own styles, where nothing in it can act. */
function framed(one) {
  return h("iframe", {
    class: "letter", src: `/dev/mailbox/${encodeURIComponent(one.id)}`, title: one.subject, loading: "lazy",
    sandbox: "allow-top-navigation-by-user-activation allow-popups",
  });
}

/** Text with its addresses as links. */
function linkified(text) {
  return text.split(/(https?:\/\/\S+)/).map((part, n) => (n % 2 ? h("a", { href: part }, part) : part));
}
