/** Password, second step, address and the end of the account. */

import { factors } from "./factors.js";
import { meter } from "./meter.js";
import { withStep } from "./proof.js";
import { arrivalNotice, confirmWith, takeIntent } from "./providers.js";
import { button, checkbox, field, form, h, notice, owner } from "./ui.js";
import { rich, t } from "./words.js";

export async function security(app) {
  const user = await app.client.profile();
  const arrival = arrivalNotice(app);
  const intent = arrival ? null : takeIntent(app, "reauth");
  const email = changeEmail(app, user, intent);
  const end = deleteAccount(app, user, intent);
  const second = await factors(app);
  const goOn = { email: email.goOn, delete: end.goOn };
  return {
    title: t("security.title"),
    shown: goOn[intent?.what],
    body: [
      arrival,
      section("password", t("security.password"), user.has_password ? changePassword(app, user) : setPassword(app, user)),
      second ? section("second-step", t("security.step"), second) : null,
      section("email", t("security.email"), email.content),
      section("history", t("history.title"), h("p", {}, h("a", { href: "/history" }, t("history.link")))),
      section("delete", t("security.delete"), end.content),
    ].filter(Boolean),
  };
}

function section(id, title, content) {
  return h("section", { class: "card", "aria-labelledby": id }, h("h2", { id, tabindex: "-1" }, title), content);
}

const currentPassword = () => field({ name: "current_password", label: t("common.current_password"), type: "password", autocomplete: "current-password" });

function changePassword(app, user) {
  const current = currentPassword();
  const fresh = field({ name: "new_password", label: t("common.new_password"), type: "password", autocomplete: "new-password" });
  meter(app, fresh, () => [user.first_name, user.last_name, user.username, user.email]);
  const saved = h("div", { role: "status" });
  const send = async (values) => {
    saved.replaceChildren();
    await withStep(app, () => app.client.changePassword(values));
    for (const one of [current, fresh]) one.input.value = "";
    fresh.input.dispatchEvent(new Event("input"));
    saved.replaceChildren(notice("good", t("security.password_changed")));
  };
  return [form({ fields: [current, fresh], submit: t("security.change_password"), send, label: t("security.change_password"), before: owner(user.username) }), saved];
}

function setPassword(app, user) {
  const ask = button(t("security.mail_link"), async () => {
    await app.client.forgotPassword(user.email);
    ask.replaceWith(notice("good", t("security.link_sent")));
  });
  return [h("p", {}, t("security.no_password")), h("div", { class: "actions" }, ask)];
}

function changeEmail(app, user, intent) {
  const email = field({ name: "email", label: t("security.new_address"), type: "email", autocomplete: "email", inputmode: "email", value: intent?.email });
  const saved = h("div", { role: "status" });
  const send = async (values) => {
    saved.replaceChildren();
    await withStep(app, () => app.client.changeProfile(values));
    for (const one of fields) one.input.value = "";
    saved.replaceChildren(notice("good", t("security.address_sent", { email: values.email })));
  };
  const again = () => confirmWith(app, "/security", { kind: "reauth", what: "email", email: email.value() });
  const failed = (error) => (error.code === "reauth_required" && !user.has_password ? again() : null);
  const fields = user.has_password ? [email, currentPassword()] : [email];
  const element = form({ fields, submit: t("security.change_address"), send, failed, label: t("security.change_address"), before: owner(user.username) });
  const content = [h("p", {}, rich("security.address_now", { email: h("strong", {}, user.email) })), element, saved];
  return { content, goOn: () => element.requestSubmit() };
}

function deleteAccount(app, user, intent) {
  const sure = checkbox("sure", t("security.delete_sure"), false);
  const fields = user.has_password ? [currentPassword(), sure] : [sure];
  const again = () => confirmWith(app, "/security", { kind: "reauth", what: "delete" }, t("security.delete_again"));
  const isConfirmed = user.has_password || intent?.what === "delete";
  const send = async ({ current_password }) => {
    if (!isConfirmed) {
      place.replaceChildren(...again());
      return place.scrollIntoView({ block: "nearest" });
    }
    await withStep(app, () => app.client.deleteAccount(current_password ? { current_password } : {}));
    app.tell(t("security.deleted"));
    return app.go("/", { replace: true });
  };
  const failed = (error) => (error.code === "reauth_required" && !user.has_password ? again() : null);
  const confirmed = intent?.what === "delete" ? notice("info", t("security.delete_confirmed")) : null;
  const goOn = () => {
    sure.input.checked = true;
    sure.input.focus();
  };
  const place = h("div", { role: "status" });
  const content = [
    h("p", {}, t("security.delete_why")),
    confirmed,
    form({ fields, submit: t("security.delete"), send, failed, kind: "danger", label: t("security.delete"), before: owner(user.username) }),
    place,
  ];
  return { content, goOn };
}
