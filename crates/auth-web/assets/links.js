/** Where mailed links land, and the ways to get another mail. */

import { meter } from "./meter.js";
import { orStep } from "./pending.js";
import { buttonLink, field, form, h, notice } from "./ui.js";
import { rich, t } from "./words.js";

/** The token of a mailed link, taken out of the address so that nothing keeps it. */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token !== null) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

const emailField = (app) => field({ name: "email", label: t("common.email"), type: "email", autocomplete: "email", inputmode: "email", value: app.address });

/** Confirms an address and signs in; nothing is sent before the button is pressed. */
export async function verify(app) {
  const token = takeToken();
  const title = t("verify.title");
  if (token === null) return { title, body: resend(app, h("p", {}, t("verify.open_link"))) };
  const place = h("div", { class: "stack" });
  const send = async ({ password }) => {
    const step = { next: "/", news: notice("good", t("verify.done")) };
    if (!(await orStep(app, () => app.client.verify(token, password), step))) return;
    place.replaceChildren(done(t("verify.done"), buttonLink(t("verify.go_on"), "/")));
    app.tell(t("verify.done"));
  };
  // Who is signed in to the account needs no password; whether the link is about it, only the server knows.
  const ask = (words, fields) => place.replaceChildren(h("p", { class: "lead" }, words), form({ fields, submit: t("verify.submit"), send, failed }));
  const failed = (error) => {
    if (error.code === "invalid_token") return spent(place, resend(app, null));
    if (error.code !== "invalid_credentials") return null;
    const asked = place.querySelector("input") !== null;
    if (!asked) ask(t("verify.other_account", { username: app.user?.username }), [chosenPassword()]);
    return asked ? [h("p", {}, t("verify.wrong_password")), ...othersSignUp()] : "";
  };
  if (app.user) ask(t("verify.one_press", { username: app.user.username }), []);
  else ask(t("verify.with_password"), [chosenPassword()]);
  return { title, body: place };
}

/** For whoever got a link that somebody else asked for. */
const othersSignUp = () => [h("p", {}, rich("verify.not_you", { link: h("a", { href: "/sign-up" }, t("verify.sign_up")) }))];

const chosenPassword = () =>
  field({ name: "password", label: t("common.password"), type: "password", autocomplete: "current-password", hint: t("verify.password_hint") });

/** A link that no longer works makes room for a way to get another one. */
function spent(place, instead) {
  const words = notice("bad", t("verify.spent"));
  words.setAttribute("role", "alert");
  place.replaceChildren(words, ...instead);
  return "";
}

function resend(app, intro) {
  const place = h("div", { class: "stack" });
  const send = async ({ email }) => {
    await app.client.resendVerification(email);
    place.replaceChildren(mailed(app, t("verify.resent")));
  };
  place.append(form({ fields: [emailField(app)], submit: t("verify.send_another"), send }));
  return [intro, place].filter(Boolean);
}

/** Asks for a mail to set a new password. */
export async function forgot(app) {
  const place = h("div", { class: "stack" });
  const send = async ({ email }) => {
    await app.client.forgotPassword(email);
    place.replaceChildren(mailed(app, t("forgot.sent")));
  };
  place.append(
    h("p", {}, t("forgot.lead")),
    form({ fields: [emailField(app)], submit: t("forgot.submit"), send }),
    h("p", { class: "aside" }, h("a", { href: "/sign-in" }, t("common.back_to_sign_in"))));
  return { title: t("forgot.title"), body: place };
}

/** Sets a new password with the token of a mailed link. */
export async function reset(app) {
  const token = takeToken();
  const title = t("reset.title");
  if (token === null) return { title, body: [h("p", {}, t("reset.open_link")), buttonLink(t("reset.send_mail"), "/forgot")] };
  const place = h("div", { class: "stack" });
  // The link does not say whose account it is about, and password managers want to know.
  const owner = field({ name: "identifier", label: t("common.identifier"), autocomplete: "username", value: app.identifier, optional: true, hint: t("reset.identifier_hint") });
  const password = field({ name: "password", label: t("common.new_password"), type: "password", autocomplete: "new-password" });
  meter(app, password, () => [owner.value()]);
  const send = async (values) => {
    await app.client.resetPassword(token, values.password);
    app.identifier = values.identifier;
    // Where this browser was signed in, it learns that it no longer is.
    if (app.user) await app.client.profile().catch(() => null);
    place.replaceChildren(done(t("reset.done"), buttonLink(t("reset.sign_in"), "/sign-in")));
    app.tell(t("reset.told"));
  };
  const failed = (error) => (error.code === "invalid_token" ? spent(place, [buttonLink(t("reset.send_another"), "/forgot")]) : null);
  place.append(form({ fields: [owner, password], submit: t("reset.submit"), send, failed }));
  return { title, body: place };
}

function done(words, next) {
  return h("div", { class: "stack" }, notice("good", words), h("div", { class: "actions" }, next));
}

function mailed(app, words) {
  app.tell(words);
  return h("div", { class: "stack" }, notice("good", words), app.site.mailbox ? h("div", { class: "actions" }, buttonLink(t("common.open_mailbox"), "/dev/mailbox", "plain")) : null);
}
