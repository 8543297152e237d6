/** Where mailed links land, and the ways to get another mail. */

import { meter } from "./meter.js";
import { orStep } from "./pending.js";
import { buttonLink, field, form, h, notice } from "./ui.js";

/** The token of a mailed link, taken out of the address so that nothing keeps it. */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token !== null) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

const emailField = (app) => field({ name: "email", label: "E-mail", type: "email", autocomplete: "email", inputmode: "email", value: app.address });

/** Confirms an address and signs in; nothing is sent before the button is pressed. */
export async function verify(app) {
  const token = takeToken();
  const title = "Confirm your address";
  if (token === null) return { title, body: resend(app, h("p", {}, "Open the link in the mail we sent you, or ask for another one.")) };
  const place = h("div", { class: "stack" });
  const send = async ({ password }) => {
    const step = { next: "/", news: notice("good", "Your address is confirmed.") };
    if (!(await orStep(app, () => app.client.verify(token, password), step))) return;
    place.replaceChildren(done("Your address is confirmed.", buttonLink("Go on", "/")));
    app.tell("Your address is confirmed.");
  };
  // Who is signed in to the account needs no password; whether the link is about it, only the server knows.
  const ask = (words, fields) => place.replaceChildren(h("p", { class: "lead" }, words), form({ fields, submit: "Confirm this address", send, failed }));
  const failed = (error) => {
    if (error.code === "invalid_token") return spent(place, resend(app, null));
    if (error.code !== "invalid_credentials") return null;
    const asked = place.querySelector("input") !== null;
    if (!asked) ask(`This link is not about @${app.user?.username ?? "you"}, who is signed in here. It wants the password of the account it is about.`, [chosenPassword()]);
    return asked ? [h("p", {}, "This is not the password that belongs to this link."), ...othersSignUp()] : "";
  };
  if (app.user) ask(`One press, and the address belongs to @${app.user.username}.`, []);
  else ask("Confirm with your password, and you are signed in.", [chosenPassword()]);
  return { title, body: place };
}

/** For whoever got a link that somebody else asked for. */
const othersSignUp = () => [h("p", {}, "Did you not sign up yourself, or forget it? ", h("a", { href: "/sign-up" }, "Sign up with a password of your own"), ".")];

const chosenPassword = () =>
  field({ name: "password", label: "Password", type: "password", autocomplete: "current-password", hint: "The one you chose when you signed up. For a new address: the one of your account." });

/** A link that no longer works makes room for a way to get another one. */
function spent(place, instead) {
  const words = notice("bad", "This link was used already, or it is too old.");
  words.setAttribute("role", "alert");
  place.replaceChildren(words, ...instead);
  return "";
}

function resend(app, intro) {
  const place = h("div", { class: "stack" });
  const send = async ({ email }) => {
    await app.client.resendVerification(email);
    place.replaceChildren(mailed(app, "If this address waits to be confirmed, a mail is on its way."));
  };
  place.append(form({ fields: [emailField(app)], submit: "Send another mail", send }));
  return [intro, place].filter(Boolean);
}

/** Asks for a mail to set a new password. */
export async function forgot(app) {
  const place = h("div", { class: "stack" });
  const send = async ({ email }) => {
    await app.client.forgotPassword(email);
    place.replaceChildren(mailed(app, "If an account has this address, a mail is on its way. Its link works for a short time."));
  };
  place.append(
    h("p", {}, "Tell us your address, and we mail you a link to set a new password."),
    form({ fields: [emailField(app)], submit: "Send the mail", send }),
    h("p", { class: "aside" }, h("a", { href: "/sign-in" }, "Back to sign in")));
  return { title: "Forgot your password?", body: place };
}

/** Sets a new password with the token of a mailed link. */
export async function reset(app) {
  const token = takeToken();
  const title = "Set a new password";
  if (token === null) return { title, body: [h("p", {}, "Open the link in the mail we sent you, or ask for one."), buttonLink("Send me a mail", "/forgot")] };
  const place = h("div", { class: "stack" });
  // The link does not say whose account it is about, and password managers want to know.
  const owner = field({ name: "identifier", label: "Username or e-mail", autocomplete: "username", value: app.identifier, optional: true, hint: "For your password manager. You may leave it empty." });
  const password = field({ name: "password", label: "New password", type: "password", autocomplete: "new-password" });
  meter(app, password, () => [owner.value()]);
  const send = async (values) => {
    await app.client.resetPassword(token, values.password);
    app.identifier = values.identifier;
    // Where this browser was signed in, it learns that it no longer is.
    if (app.user) await app.client.profile().catch(() => null);
    place.replaceChildren(done("Your password is set, and every device is signed out.", buttonLink("Sign in", "/sign-in")));
    app.tell("Your password is set.");
  };
  const failed = (error) => (error.code === "invalid_token" ? spent(place, [buttonLink("Send me another mail", "/forgot")]) : null);
  place.append(form({ fields: [owner, password], submit: "Set password", send, failed }));
  return { title, body: place };
}

function done(words, next) {
  return h("div", { class: "stack" }, notice("good", words), h("div", { class: "actions" }, next));
}

function mailed(app, words) {
  app.tell(words);
  return h("div", { class: "stack" }, notice("good", words), app.site.mailbox ? h("div", { class: "actions" }, buttonLink("Open the development mailbox", "/dev/mailbox", "plain")) : null);
}
