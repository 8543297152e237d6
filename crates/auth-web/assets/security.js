/** Password, second step, address and the end of the account. */

import { factors } from "./factors.js";
import { meter } from "./meter.js";
import { withStep } from "./proof.js";
import { arrivalNotice, confirmWith, takeIntent } from "./providers.js";
import { button, checkbox, field, form, h, notice, owner } from "./ui.js";

export async function security(app) {
  const user = await app.client.profile();
  const arrival = arrivalNotice(app);
  const intent = arrival ? null : takeIntent(app, "reauth");
  const email = changeEmail(app, user, intent);
  const end = deleteAccount(app, user, intent);
  const second = await factors(app);
  const goOn = { email: email.goOn, delete: end.goOn };
  return {
    title: "Security",
    shown: goOn[intent?.what],
    body: [
      arrival,
      section("password", "Password", user.has_password ? changePassword(app, user) : setPassword(app, user)),
      second ? section("second-step", "Second step", second) : null,
      section("email", "E-mail address", email.content),
      section("delete", "Delete account", end.content),
    ].filter(Boolean),
  };
}

function section(id, title, content) {
  return h("section", { class: "card", "aria-labelledby": id }, h("h2", { id, tabindex: "-1" }, title), content);
}

const currentPassword = () => field({ name: "current_password", label: "Current password", type: "password", autocomplete: "current-password" });

function changePassword(app, user) {
  const current = currentPassword();
  const fresh = field({ name: "new_password", label: "New password", type: "password", autocomplete: "new-password" });
  meter(app, fresh, () => [user.first_name, user.last_name, user.username, user.email]);
  const saved = h("div", { role: "status" });
  const send = async (values) => {
    saved.replaceChildren();
    await withStep(app, () => app.client.changePassword(values));
    for (const one of [current, fresh]) one.input.value = "";
    fresh.input.dispatchEvent(new Event("input"));
    saved.replaceChildren(notice("good", "Your password is changed, and every other device is signed out."));
  };
  return [form({ fields: [current, fresh], submit: "Change password", send, label: "Change password", before: owner(user.username) }), saved];
}

function setPassword(app, user) {
  const ask = button("Mail me a link", async () => {
    await app.client.forgotPassword(user.email);
    ask.replaceWith(notice("good", "The mail is on its way."));
  });
  return [h("p", {}, "You sign in with a linked account and have no password. You can set one through a mailed link."), h("div", { class: "actions" }, ask)];
}

function changeEmail(app, user, intent) {
  const email = field({ name: "email", label: "New address", type: "email", autocomplete: "email", inputmode: "email", value: intent?.email });
  const saved = h("div", { role: "status" });
  const send = async (values) => {
    saved.replaceChildren();
    await withStep(app, () => app.client.changeProfile(values));
    for (const one of fields) one.input.value = "";
    saved.replaceChildren(notice("good", `A mail is on its way to ${values.email}. Nothing changes until its link is opened.`));
  };
  const again = () => confirmWith(app, "/security", { kind: "reauth", what: "email", email: email.value() });
  const failed = (error) => (error.code === "reauth_required" && !user.has_password ? again() : null);
  const fields = user.has_password ? [email, currentPassword()] : [email];
  const element = form({ fields, submit: "Change address", send, failed, label: "Change address", before: owner(user.username) });
  const content = [h("p", {}, "Now ", h("strong", {}, user.email), "."), element, saved];
  return { content, goOn: () => element.requestSubmit() };
}

function deleteAccount(app, user, intent) {
  const sure = checkbox("sure", "Delete my account and everything in it", false);
  const fields = user.has_password ? [currentPassword(), sure] : [sure];
  const again = () => confirmWith(app, "/security", { kind: "reauth", what: "delete" }, "To be sure that it is you: sign in anew where you always do, then press once more.");
  const isConfirmed = user.has_password || intent?.what === "delete";
  const send = async ({ current_password }) => {
    if (!isConfirmed) {
      place.replaceChildren(...again());
      return place.scrollIntoView({ block: "nearest" });
    }
    await withStep(app, () => app.client.deleteAccount(current_password ? { current_password } : {}));
    app.tell("Your account is deleted.");
    return app.go("/", { replace: true });
  };
  const failed = (error) => (error.code === "reauth_required" && !user.has_password ? again() : null);
  const confirmed = intent?.what === "delete" ? notice("info", "It is you. Press once more, and the account is deleted.") : null;
  const goOn = () => {
    sure.input.checked = true;
    sure.input.focus();
  };
  const place = h("div", { role: "status" });
  const content = [
    h("p", {}, "Every session and pending mail goes too. This can’t be undone."),
    confirmed,
    form({ fields, submit: "Delete account", send, failed, kind: "danger", label: "Delete account", before: owner(user.username) }),
    place,
  ];
  return { content, goOn };
}
