/** Asks for a code by mail, which signs in instead of a password. */

import { keep, stepPath } from "./pending.js";
import { checkbox, field, form, h } from "./ui.js";

export async function mailCode(app) {
  const title = "Sign in with a mailed code";
  const back = h("p", { class: "aside" }, h("a", { href: "/sign-in" }, "Back to sign in"));
  if (!app.strategy.factors?.passwordless.includes("mail_code")) return { title, body: [h("p", {}, "This server mails no codes."), back] };
  const email = field({ name: "email", label: "E-mail", type: "email", autocomplete: "email", inputmode: "email", value: app.address });
  const remember = checkbox("remember", "Stay signed in on this device");
  const send = async (values) => {
    const pending = await app.client.mailCode(values.email);
    keep(app, pending, { ...values, next: app.nextPath() });
    return app.go(stepPath(app.nextPath()));
  };
  return {
    title,
    body: [
      h("p", {}, "Tell us your address, and we mail you a code that signs you in here."),
      form({ fields: [email, remember], submit: "Mail me a code", send }),
      back,
    ],
  };
}
