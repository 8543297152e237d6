/** What a sign-in takes beside a password, or instead of one. */

import { newApp } from "./authenticator.js";
import { forget, keep, kept, stepPath } from "./pending.js";
import { recoveryCodes } from "./recovery.js";
import { buttonLink, button, codeField, form, h, instead, notice } from "./ui.js";
import { ways } from "./ways.js";
import { rich, t } from "./words.js";

const TITLE = t("step.title");

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
  if (!app.user) app.news = notice("bad", t("step.took_too_long"));
  await app.go(app.user ? app.nextPath() : signInPath(app), { replace: true });
  return {};
}

/** Ends the sign-in by what is shown; it may take another step. */
async function finish(app, work) {
  try {
    const { recovery_codes } = await work();
    forget();
    app.tell(t("sign_in.done"));
    return recovery_codes.length ? showCodes(app, recovery_codes) : app.go(app.nextPath(), { replace: true });
  } catch (error) {
    if (error.code === "invalid_token") return lost(app);
    if (error.code !== "pending") throw error;
    keep(app, error.pending);
    return app.go(stepPath(app.nextPath()), { replace: true });
  }
}

function showCodes(app, codes) {
  const goOn = button(t("common.go_on"), () => app.go(app.nextPath(), { replace: true }), "primary");
  instead(app, t("step.recovery"), h("div", { class: "card" }, recoveryCodes(app, codes)), h("div", { class: "actions" }, goOn));
}

const signInPath = (app) => `/sign-in?next=${encodeURIComponent(app.nextPath())}`;

const backToSignIn = (app) => h("p", { class: "aside" }, h("a", { href: signInPath(app) }, t("common.back_to_sign_in")));

/** A second step that the account has. */
function showing(app, { pending }) {
  const place = ways({
    methods: pending.methods,
    submit: t("step.submit"),
    days: app.strategy.factors?.trusted_device_days,
    label: TITLE,
    passkey: (trust_device) => finish(app, () => app.client.finishWithPasskey(pending, { trust_device })),
    code: (method, code, trust_device) => finish(app, () => app.client.finishSignIn(pending, { method, code }, { trust_device })),
  });
  return {
    title: TITLE,
    shown: () => place.querySelector("input:not([type=checkbox]), button")?.focus(),
    body: [h("p", {}, t("step.lead")), h("div", { class: "card" }, place), backToSignIn(app)],
  };
}

/** A second step that the account has to have from now on. */
async function adding(app, { pending }) {
  const options = await app.client.stepOptions(pending).catch((error) => {
    if (error.code !== "invalid_token") throw error;
  });
  if (!options?.totp) return lost(app);
  const code = codeField(t("common.code_shown"));
  const send = (values) => finish(app, () => app.client.finishSignIn(pending, { method: "add_totp", code: values.code }));
  return {
    title: TITLE,
    body: [
      h("p", {}, t("step.add_lead")),
      h("div", { class: "card" }, newApp(options.totp), form({ fields: [code], submit: t("step.add_submit"), send, label: TITLE })),
      backToSignIn(app),
    ],
  };
}

/** A code that was mailed in place of a password. */
function mailed(app, { pending, email, remember }) {
  const code = codeField(t("step.mailed_code"), { value: app.mailedCode });
  app.mailedCode = undefined;
  const send = (values) => finish(app, () => app.client.finishSignIn(pending, { method: "mail_code", code: values.code }, { remember }));
  return {
    title: t("step.check_mail"),
    shown: () => code.input.focus(),
    body: [
      h("p", { class: "lead" }, rich("step.mailed", { email: h("strong", {}, email) })),
      form({ fields: [code], submit: t("step.submit"), send, label: t("step.mailed_code") }),
      app.site.mailbox ? h("div", { class: "actions" }, buttonLink(t("common.open_mailbox"), "/dev/mailbox", "plain")) : null,
      h("p", { class: "aside" }, h("a", { href: `/mail-code?next=${encodeURIComponent(app.nextPath())}` }, t("step.mail_another"))),
      backToSignIn(app),
    ].filter(Boolean),
  };
}
