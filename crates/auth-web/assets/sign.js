/** Signing in and signing up. */

import { meter } from "./meter.js";
import { offerPasskeys } from "./passkeys.js";
import { followMailed, orStep, takeCode } from "./pending.js";
import { arrivalNotice, continueWith, intend } from "./providers.js";
import { button, buttonLink, checkbox, field, form, h, instead, notice } from "./ui.js";

/** Sign in with a password or a provider. */
export async function signIn(app) {
  const code = takeCode();
  if (code && (await followMailed(app, code))) return {};
  const query = new URLSearchParams(location.search);
  const link = app.arrival?.error === "link_required" ? app.arrival.provider : null;
  const arrival = arrivalNotice(app);
  if (link) intend({ kind: "link", provider: link });
  const identifier = field({ name: "identifier", label: "Username or e-mail", autocomplete: "username webauthn", value: app.identifier });
  const password = field({ name: "password", label: "Password", type: "password", autocomplete: "current-password" });
  const remember = checkbox("remember", "Stay signed in on this device");
  const send = async (values) => {
    if (link) history.replaceState(null, "", "/sign-in?next=/linked");
    if (await orStep(app, () => app.client.signIn(values))) app.tell("You are signed in.");
  };
  const passkeys = offerPasskeys(app, remember);
  const failed = (error) => (error.code === "email_unverified" ? unconfirmed(app, identifier.value()) : null);
  return {
    title: "Sign in",
    shown: passkeys.begin,
    gone: passkeys.end,
    body: [
      code ? notice("bad", "A mailed code works only in the browser where you asked for it, and for a short time.") : null,
      arrival ?? why(query),
      form({ fields: [identifier, password, remember], submit: "Sign in", send, failed }),
      h("p", { class: "aside" }, h("a", { href: "/forgot", onclick: () => (app.identifier = identifier.value()) }, "Forgot your password?")),
      continueWith(app, `/sign-in?next=${encodeURIComponent(app.nextPath())}`, [passkeys.button, mailCode(app, identifier)]),
      h("p", { class: "aside" }, "No account yet? ", h("a", { href: "/sign-up" }, "Create one")),
    ].filter(Boolean),
  };
}

/** A way in without a password, where the server has it. */
function mailCode(app, identifier) {
  if (!app.strategy.factors?.passwordless.includes("mail_code")) return null;
  const onclick = () => (app.identifier = identifier.value());
  return h("a", { class: "button plain wide", href: `/mail-code?next=${encodeURIComponent(app.nextPath())}`, onclick }, "Mail me a code");
}

function why(query) {
  if (query.has("ended")) return notice("info", "Your session ended. Sign in to go on where you were.");
  return query.has("next") && query.get("next") !== "/" ? notice("info", "Sign in to see that page.") : null;
}

function unconfirmed(app, identifier) {
  const words = h("p", {}, "Your address is not confirmed yet. Open the link in the mail we sent you, and confirm it with this password.");
  const again = async () => {
    await app.client.resendVerification(identifier);
    resend.replaceWith(h("p", {}, "If the address waits for it, another mail is on its way."));
  };
  const resend = identifier.includes("@") ? button("Send the mail again", again) : buttonLink("Send the mail again", "/verify", "plain");
  return [words, resend];
}

/** Create an account. */
export async function signUp(app) {
  const first = field({ name: "first_name", label: "First name", autocomplete: "given-name" });
  const last = field({ name: "last_name", label: "Last name", autocomplete: "family-name", optional: true });
  const username = field({ name: "username", label: "Username", autocomplete: "username", hint: "3 to 32 letters, digits, dots, hyphens or underscores." });
  const email = field({ name: "email", label: "E-mail", type: "email", autocomplete: "email", inputmode: "email", value: app.address });
  const password = field({ name: "password", label: "Password", type: "password", autocomplete: "new-password" });
  const words = () => [first, last, username, email].map((one) => one.value());
  meter(app, password, words);
  const send = async (values) => {
    const answer = await app.client.register(values);
    if (answer.user) await orStep(app, () => app.client.signIn({ identifier: values.username, password: values.password }));
    else sent(app, values.email);
  };
  return {
    title: "Create account",
    body: [
      arrivalNotice(app),
      form({ fields: [first, last, username, email, password], submit: "Create account", send }),
      continueWith(app, "/sign-up"),
      h("p", { class: "aside" }, "Have an account? ", h("a", { href: "/sign-in" }, "Sign in")),
    ].filter(Boolean),
  };
}

/** Takes the place of the form once the mail is on its way. */
function sent(app, email) {
  const again = button("Send it again", async () => {
    await app.client.resendVerification(email);
    app.tell("Sent again, if the address waits for it.");
    again.textContent = "Sent again";
  });
  instead(app, "Check your mail",
    h("p", { class: "lead" }, "We sent a mail to ", h("strong", {}, email), ". Open its link, and confirm the address with your password."),
    h("div", { class: "actions" }, app.site.mailbox ? buttonLink("Open the development mailbox", "/dev/mailbox") : null, again));
}
