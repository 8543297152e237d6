/** Dialogs in which somebody shows once more that it is them. */

import { button, field, form, h, owner } from "./ui.js";
import { ways } from "./ways.js";
import { t } from "./words.js";

/** Whoever closes the dialog is left with the refusal. */
function asked(app, title, words, refusal, content) {
  return new Promise((done, fail) => {
    const end = (value) => {
      done(value);
      dialog.close();
    };
    const stop = app.client.on("change", ({ user }) => user ?? dialog.close());
    const onclose = () => {
      stop();
      dialog.remove();
      fail(refusal);
    };
    const head = h("div", { class: "sheet-head" }, h("h2", { id: "again-title" }, title), button(t("common.close"), () => dialog.close(), "plain small"));
    const dialog = h("dialog", { class: "sheet", "aria-labelledby": "again-title", onclose }, head, h("p", {}, words), content(end));
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("input:not([hidden]), .primary")?.focus();
  });
}

/** For a second step that was taken lately. */
export async function askForStep(app, refusal) {
  const { factors, recovery_codes } = await app.client.factors();
  const methods = [...new Set(factors.map(({ kind }) => kind)), ...(recovery_codes > 0 ? ["recovery_code"] : [])];
  return asked(app, t("again.step"), t("again.step_why"), refusal, (end) => ways({
    methods,
    submit: t("common.go_on"),
    label: t("again.step"),
    passkey: async () => end(await app.client.showPasskey()),
    code: async (method, code) => end(await app.client.showFactor({ method, code })),
  }));
}

/** For the password; what it is for is done before the dialog ends. */
export function askForPassword(app, refusal, work) {
  const current = field({ name: "current_password", label: t("common.current_password"), type: "password", autocomplete: "current-password" });
  return asked(app, t("again.password"), t("again.password_why"), refusal, (end) => form({
    fields: [current],
    submit: t("common.go_on"),
    send: async (proof) => end(await work(proof)),
    label: t("again.password"),
    before: owner(app.user.username),
  }));
}
