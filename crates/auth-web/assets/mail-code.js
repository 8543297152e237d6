/** Asks for a code by mail, which signs in instead of a password. */

import { keep, stepPath } from "./pending.js";
import { checkbox, field, form, h } from "./ui.js";
import { t } from "./words.js";

export async function mailCode(app) {
  const title = t("by_code.title");
  const back = h("p", { class: "aside" }, h("a", { href: "/sign-in" }, t("common.back_to_sign_in")));
  if (!app.strategy.factors?.passwordless.includes("mail_code")) return { title, body: [h("p", {}, t("by_code.none")), back] };
  const email = field({ name: "email", label: t("common.email"), type: "email", autocomplete: "email", inputmode: "email", value: app.address });
  const remember = checkbox("remember", t("common.remember"));
  const send = async (values) => {
    const pending = await app.client.mailCode(values.email);
    keep(app, pending, { ...values, next: app.nextPath() });
    return app.go(stepPath(app.nextPath()));
  };
  return {
    title,
    body: [
      h("p", {}, t("by_code.lead")),
      form({ fields: [email, remember], submit: t("by_code.submit"), send }),
      back,
    ],
  };
}
