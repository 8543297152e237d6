/** Signing in and signing up. */

import { meter } from "./meter.js";
import { offerPasskeys } from "./passkeys.js";
import { followMailed, orStep, takeCode } from "./pending.js";
import { arrivalNotice, continueWith, intend } from "./providers.js";
import { button, buttonLink, checkbox, field, form, h, instead, notice } from "./ui.js";
import { rich, t } from "./words.js";

/** Sign in with a password or a provider. */
export async function signIn(app) {
  const code = takeCode();
  if (code && (await followMailed(app, code))) return {};
  const query = new URLSearchParams(location.search);
  const link = app.arrival?.error === "link_required" ? app.arrival.provider : null;
  const arrival = arrivalNotice(app);
  if (link) intend({ kind: "link", provider: link });
  const identifier = field({ name: "identifier", label: t("common.identifier"), autocomplete: "username webauthn", value: app.identifier });
  const password = field({ name: "password", label: t("common.password"), type: "password", autocomplete: "current-password" });
  const remember = checkbox("remember", t("common.remember"));
  const send = async (values) => {
    if (link) history.replaceState(null, "", "/sign-in?next=/linked");
    if (await orStep(app, () => app.client.signIn(values))) app.tell(t("sign_in.done"));
  };
  const passkeys = offerPasskeys(app, remember);
  const failed = (error) => (error.code === "email_unverified" ? unconfirmed(app, identifier.value()) : null);
  return {
    title: t("sign_in.title"),
    shown: passkeys.begin,
    gone: passkeys.end,
    body: [
      code ? notice("bad", t("sign_in.wrong_browser")) : null,
      arrival ?? why(query),
      form({ fields: [identifier, password, remember], submit: t("sign_in.title"), send, failed }),
      h("p", { class: "aside" }, h("a", { href: "/forgot", onclick: () => (app.identifier = identifier.value()) }, t("sign_in.forgot"))),
      continueWith(app, `/sign-in?next=${encodeURIComponent(app.nextPath())}`, [passkeys.button, mailCode(app, identifier)]),
      h("p", { class: "aside" }, rich("sign_in.no_account", { link: h("a", { href: "/sign-up" }, t("sign_in.create_one")) })),
    ].filter(Boolean),
  };
}

/** A way in without a password, where the server has it. */
function mailCode(app, identifier) {
  if (!app.strategy.factors?.passwordless.includes("mail_code")) return null;
  const onclick = () => (app.identifier = identifier.value());
  return h("a", { class: "button plain wide", href: `/mail-code?next=${encodeURIComponent(app.nextPath())}`, onclick }, t("sign_in.mail_code"));
}

function why(query) {
  if (query.has("ended")) return notice("info", t("sign_in.ended"));
  return query.has("next") && query.get("next") !== "/" ? notice("info", t("sign_in.to_see")) : null;
}

function unconfirmed(app, identifier) {
  const words = h("p", {}, t("sign_in.unconfirmed"));
  const again = async () => {
    await app.client.resendVerification(identifier);
    resend.replaceWith(h("p", {}, t("sign_in.sent_again")));
  };
  const resend = identifier.includes("@") ? button(t("sign_in.send_again"), again) : buttonLink(t("sign_in.send_again"), "/verify", "plain");
  return [words, resend];
}

/** Create an account. */
export async function signUp(app) {
  const first = field({ name: "first_name", label: t("common.first_name"), autocomplete: "given-name" });
  const last = field({ name: "last_name", label: t("common.last_name"), autocomplete: "family-name", optional: true });
  const username = field({ name: "username", label: t("common.username"), autocomplete: "username", hint: t("common.username_hint") });
  const email = field({ name: "email", label: t("common.email"), type: "email", autocomplete: "email", inputmode: "email", value: app.address });
  const password = field({ name: "password", label: t("common.password"), type: "password", autocomplete: "new-password" });
  const words = () => [first, last, username, email].map((one) => one.value());
  meter(app, password, words);
  const send = async (values) => {
    const answer = await app.client.register(values);
    if (answer.user) await orStep(app, () => app.client.signIn({ identifier: values.username, password: values.password }));
    else sent(app, values.email);
  };
  return {
    title: t("sign_up.title"),
    body: [
      arrivalNotice(app),
      form({ fields: [first, last, username, email, password], submit: t("sign_up.title"), send }),
      continueWith(app, "/sign-up"),
      h("p", { class: "aside" }, rich("sign_up.have_account", { link: h("a", { href: "/sign-in" }, t("sign_up.sign_in")) })),
    ].filter(Boolean),
  };
}

/** Takes the place of the form once the mail is on its way. */
function sent(app, email) {
  const again = button(t("sign_up.send_again"), async () => {
    await app.client.resendVerification(email);
    app.tell(t("sign_up.told_again"));
    again.textContent = t("sign_up.sent_again");
  });
  instead(app, t("sign_up.check_mail"),
    h("p", { class: "lead" }, rich("sign_up.sent", { email: h("strong", {}, email) })),
    h("div", { class: "actions" }, app.site.mailbox ? buttonLink(t("common.open_mailbox"), "/dev/mailbox") : null, again));
}
