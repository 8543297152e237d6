/** The profile and the signed-in devices. */

import { deviceName } from "./device.js";
import { button, choice, field, form, h, notice, problemPlace, time } from "./ui.js";
import { counted, language, rich, t } from "./words.js";

/** Names and username. */
export async function profile(app) {
  const user = await app.client.profile();
  const fields = [
    field({ name: "first_name", label: t("common.first_name"), autocomplete: "given-name", value: user.first_name }),
    field({ name: "last_name", label: t("common.last_name"), autocomplete: "family-name", value: user.last_name, optional: true }),
    field({ name: "username", label: t("common.username"), autocomplete: "username", value: user.username, hint: t("common.username_hint") }),
    languages(app, user),
  ];
  const saved = h("div", { role: "status" });
  const send = async (values) => {
    saved.replaceChildren();
    const changed = Object.entries(values).filter(([name, value]) => value !== (app.user[name] ?? ""));
    if (changed.length) await app.client.changeProfile(Object.fromEntries(changed));
    saved.replaceChildren(notice("good", changed.length ? t("profile.saved") : t("profile.unchanged")));
  };
  return {
    title: t("profile.title"),
    body: [
      form({ fields, submit: t("common.save"), send }), saved,
      h("p", { class: "aside" }, rich("profile.address", { email: h("strong", {}, user.email), link: h("a", { href: "/security" }, t("profile.change")) })),
    ],
  };
}

/** The language of pages and mails, by its own name. */
function languages(app, user) {
  const name = (tag) => new Intl.DisplayNames([tag], { type: "language" }).of(tag);
  // One that there are no words of here, or of a region, stays until another is chosen.
  const tags = new Set([...app.site.languages, ...(user.language ? [user.language] : [])]);
  const options = [["", t("common.language_auto")], ...[...tags].map((tag) => [tag, name(tag)])];
  return choice({ name: "language", label: t("common.language"), options, value: user.language ?? "" });
}

/** Where the account is signed in. */
export async function devices(app) {
  const list = h("ul", { class: "list" });
  const others = h("div", { class: "actions" });
  const problem = problemPlace();
  const draw = async () => {
    const sessions = (await app.client.sessions()).sort((a, b) => Number(b.current) - Number(a.current) || b.last_seen_at.localeCompare(a.last_seen_at));
    list.replaceChildren(...sessions.map((session) => device(app, session, problem, draw)));
    others.replaceChildren(sessions.length > 1 ? signOutOthers(app, problem, draw) : h("p", { class: "hint" }, t("devices.nowhere_else")));
  };
  await draw();
  return { title: t("devices.title"), wide: true, body: [h("p", {}, t("devices.lead")), list, problem, others, historyLink()] };
}

/** Leads to what happened before. */
const historyLink = () => h("p", { class: "aside" }, h("a", { href: "/history" }, t("history.link")));

function device(app, session, problem, draw) {
  const name = deviceName(session.user_agent);
  const end = button(t("devices.sign_out"), async () => {
    await app.client.revokeSession(session.id);
    await draw();
    app.tell(t("devices.signed_out", { name }));
    document.querySelector("h1")?.focus();
  }, "plain small", { problem, "aria-label": t("devices.sign_out_label", { name, time: new Date(session.last_seen_at).toLocaleString(language) }) });
  return h("li", { class: "item" },
    h("div", {},
      h("p", { class: "item-title" }, name, session.current ? [" ", h("span", { class: "badge good" }, t("devices.this_device"))] : null),
      h("p", { class: "hint" }, rich("devices.facts", { ip: session.ip, seen: time(session.last_seen_at), ends: time(session.expires_at) }))),
    session.current ? null : end);
}

function signOutOthers(app, problem, draw) {
  return button(t("devices.sign_out_others"), async () => {
    const count = await app.client.revokeOtherSessions();
    await draw();
    app.tell(counted("devices.count_signed_out", count));
    document.querySelector("h1")?.focus();
  }, "danger", { problem });
}
