/** Dialogs in which somebody shows once more that it is them. */

import { button, field, form, h, owner } from "./ui.js";
import { ways } from "./ways.js";

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
    const head = h("div", { class: "sheet-head" }, h("h2", { id: "again-title" }, title), button("Close", () => dialog.close(), "plain small"));
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
  return asked(app, "Second step", "Show once more that it is you, then this goes on.", refusal, (end) => ways({
    methods,
    submit: "Go on",
    label: "Second step",
    passkey: async () => end(await app.client.showPasskey()),
    code: async (method, code) => end(await app.client.showFactor({ method, code })),
  }));
}

/** For the password; what it is for is done before the dialog ends. */
export function askForPassword(app, refusal, work) {
  const current = field({ name: "current_password", label: "Current password", type: "password", autocomplete: "current-password" });
  return asked(app, "Confirm that it is you", "Your sign-in is a while ago. This takes your password.", refusal, (end) => form({
    fields: [current],
    submit: "Go on",
    send: async (proof) => end(await work(proof)),
    label: "Confirm that it is you",
    before: owner(app.user.username),
  }));
}
