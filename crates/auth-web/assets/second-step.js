/** What a sign-in takes beside a password, or instead of one. */

import { newApp } from "./authenticator.js";
import { forget, keep, kept, stepPath } from "./pending.js";
import { recoveryCodes } from "./recovery.js";
import { buttonLink, button, codeField, form, h, instead, notice } from "./ui.js";
import { ways } from "./ways.js";

const TITLE = "Second step";

export async function secondStep(app) {
  const waits = kept(app);
  if (!waits) return lost(app);
  const { methods } = waits.pending;
  if (methods.includes("mail_code")) return mailed(app, waits);
  if (methods.includes("add_totp")) return adding(app, waits);
  return showing(app, waits);
}

/** Nothing waits any more: back to where it begins. */
async function lost(app) {
  forget();
  if (!app.user) app.news = notice("bad", "This sign-in took too long, or was begun in another browser. Sign in again.");
  await app.go(app.user ? app.nextPath() : signInPath(app), { replace: true });
  return {};
}

/** Ends the sign-in by what is shown; it may take another step. */
async function finish(app, work) {
  try {
    const { recovery_codes } = await work();
    forget();
    app.tell("You are signed in.");
    return recovery_codes.length ? showCodes(app, recovery_codes) : app.go(app.nextPath(), { replace: true });
  } catch (error) {
    if (error.code === "invalid_token") return lost(app);
    if (error.code !== "pending") throw error;
    keep(app, error.pending);
    return app.go(stepPath(app.nextPath()), { replace: true });
  }
}

function showCodes(app, codes) {
  const goOn = button("Go on", () => app.go(app.nextPath(), { replace: true }), "primary");
  instead(app, "Recovery codes", h("div", { class: "card" }, recoveryCodes(app, codes)), h("div", { class: "actions" }, goOn));
}

const signInPath = (app) => `/sign-in?next=${encodeURIComponent(app.nextPath())}`;

const backToSignIn = (app) => h("p", { class: "aside" }, h("a", { href: signInPath(app) }, "Back to sign in"));

/** A second step that the account has. */
function showing(app, { pending }) {
  const place = ways({
    methods: pending.methods,
    submit: "Sign in",
    days: app.strategy.factors?.trusted_device_days,
    label: TITLE,
    passkey: (trust_device) => finish(app, () => app.client.finishWithPasskey(pending, { trust_device })),
    code: (method, code, trust_device) => finish(app, () => app.client.finishSignIn(pending, { method, code }, { trust_device })),
  });
  return {
    title: TITLE,
    shown: () => place.querySelector("input:not([type=checkbox]), button")?.focus(),
    body: [h("p", {}, "Show that it is you, and you are signed in."), h("div", { class: "card" }, place), backToSignIn(app)],
  };
}

/** A second step that the account has to have from now on. */
async function adding(app, { pending }) {
  const options = await app.client.stepOptions(pending).catch((error) => {
    if (error.code !== "invalid_token") throw error;
  });
  if (!options?.totp) return lost(app);
  const code = codeField("Code that the app shows");
  const send = (values) => finish(app, () => app.client.finishSignIn(pending, { method: "add_totp", code: values.code }));
  return {
    title: TITLE,
    body: [
      h("p", {}, "Your account has to have a second step. Add an authenticator app to it, and you are signed in."),
      h("div", { class: "card" }, newApp(options.totp), form({ fields: [code], submit: "Add and sign in", send, label: TITLE })),
      backToSignIn(app),
    ],
  };
}

/** A code that was mailed in place of a password. */
function mailed(app, { pending, email, remember }) {
  const code = codeField("Code from the mail", { value: app.mailedCode });
  app.mailedCode = undefined;
  const send = (values) => finish(app, () => app.client.finishSignIn(pending, { method: "mail_code", code: values.code }, { remember }));
  return {
    title: "Check your mail",
    shown: () => code.input.focus(),
    body: [
      h("p", { class: "lead" }, "If an account has the address ", h("strong", {}, email), ", a mail with a code is on its way."),
      form({ fields: [code], submit: "Sign in", send, label: "Code from the mail" }),
      app.site.mailbox ? h("div", { class: "actions" }, buttonLink("Open the development mailbox", "/dev/mailbox", "plain")) : null,
      h("p", { class: "aside" }, h("a", { href: `/mail-code?next=${encodeURIComponent(app.nextPath())}` }, "Mail another code")),
      backToSignIn(app),
    ].filter(Boolean),
  };
}
