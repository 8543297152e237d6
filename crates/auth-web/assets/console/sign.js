/** Signing in to the console: as everywhere, without what makes accounts. */

import { offerPasskeys } from "../passkeys.js";
import { orStep } from "../pending.js";
import { field, form, h, notice } from "../ui.js";
import { t } from "../words.js";

export async function signIn(app) {
  const identifier = field({ name: "identifier", label: t("common.identifier"), autocomplete: "username webauthn" });
  const password = field({ name: "password", label: t("common.password"), type: "password", autocomplete: "current-password" });
  const send = async (values) => {
    if (await orStep(app, () => app.client.signIn(values))) app.tell(t("sign_in.done"));
  };
  // Nobody stays signed in here for longer than they look.
  const passkeys = offerPasskeys(app, { value: () => false });
  const hasEnded = new URLSearchParams(location.search).has("ended");
  return {
    title: t("sign_in.title"),
    shown: passkeys.begin,
    gone: passkeys.end,
    body: [
      hasEnded ? notice("info", t("sign_in.ended")) : null,
      h("p", {}, t("console.sign_in_lead")),
      form({ fields: [identifier, password], submit: t("sign_in.title"), send }),
      passkeys.button ? h("div", { class: "providers" }, passkeys.button) : null,
    ],
  };
}
