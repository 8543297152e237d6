/** How a second step is taken: with a passkey, with a code of an app, and with a recovery code as the way out. */

import { hasPasskeys } from "./client.js";
import { withPasskey } from "./passkeys.js";
import { or } from "./providers.js";
import { button, checkbox, codeField, form, h, notice, problemPlace } from "./ui.js";
import { counted, t } from "./words.js";

const KNOWN = ["passkey", "totp", "recovery_code"];

/**
 * The ways that there are, in a place of their own.
 *
 * @param {{methods: string[], submit: string, days?: number, label?: string, passkey: (trust: boolean) => Promise<any>, code: (method: string, code: string, trust: boolean) => Promise<any>}} spec
 *   `days`: for how long the device can be left alone
 */
export function ways(spec) {
  const has = (method) => spec.methods.includes(method) && (method !== "passkey" || hasPasskeys());
  if (!KNOWN.some(has)) return unknown(spec.methods);
  const place = h("div", { class: "stack" });
  const draw = (lost) => {
    place.replaceChildren(...(lost ? recovery(spec) : usual(spec, has)));
    if (has("recovery_code") && (has("totp") || has("passkey"))) place.append(turn(lost, () => draw(!lost)));
  };
  draw(!has("totp") && !has("passkey"));
  return place;
}

/** Leads to the other way, and the focus with it. */
function turn(lost, draw) {
  const label = lost ? t("ways.use_others") : t("ways.use_recovery");
  const onclick = (event) => {
    const place = event.currentTarget.parentElement;
    draw();
    place.querySelector("input, button")?.focus();
  };
  return h("p", {}, h("button", { type: "button", class: "link", onclick }, label));
}

function usual(spec, has) {
  const trust = spec.days ? checkbox("trust_device", counted("ways.trust", spec.days)) : null;
  const isTrusted = () => trust?.value() ?? false;
  const problem = problemPlace();
  const use = () => withPasskey(() => spec.passkey(isTrusted()));
  const passkey = has("passkey") ? [button(t("ways.passkey"), use, "primary wide", { problem }), problem] : [];
  if (!has("totp")) return [trust?.element, ...passkey].filter(Boolean);
  const code = codeField(t("ways.totp"));
  const send = (values) => spec.code("totp", values.code, isTrusted());
  const kind = passkey.length ? "plain" : "primary";
  const element = form({ fields: [code, trust].filter(Boolean), submit: spec.submit, send, kind, label: spec.label });
  return [...passkey, passkey.length ? or() : null, element].filter(Boolean);
}

function recovery(spec) {
  const code = codeField(t("ways.recovery_code"), { inputmode: "text", hint: t("ways.recovery_hint") });
  const missing = spec.methods.includes("passkey") && !hasPasskeys() && !spec.methods.includes("totp");
  const send = (values) => spec.code("recovery_code", values.code, false);
  return [
    missing ? notice("info", t("ways.passkey_missing")) : null,
    form({ fields: [code], submit: spec.submit, send, label: spec.label }),
  ].filter(Boolean);
}

function unknown(methods) {
  const words = methods.includes("passkey") ? t("ways.passkey_elsewhere") : t("ways.unknown", { methods: methods.join(", ") });
  return notice("bad", words);
}
