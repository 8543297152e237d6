/** Signing in, proving oneself and linking through a provider. */

import { logo } from "./logos.js";
import { button, h, leaving, notice, session } from "./ui.js";
import { t } from "./words.js";

const INTENT = "auth:intent";

/** Notes what to go on with after a visit to a provider; this tab only, and for nobody but `intent.user`. */
export function intend(intent) {
  session.set(INTENT, JSON.stringify(intent));
}

/** What to go on with, if it is of this kind; it is forgotten then, and whoever came back as somebody else has nothing to go on with. */
export function takeIntent(app, kind) {
  const intent = JSON.parse(session.get(INTENT) ?? "null");
  if (intent?.kind !== kind) return null;
  session.remove(INTENT);
  return intent.user && intent.user !== app.user?.id ? null : intent;
}

/** The address of a page of ours, for a provider to come back to. */
export function pageUrl(path) {
  return new URL(path, location.origin).href;
}

export function providerName(app, id) {
  return app.strategy.providers.find((one) => one.id === id)?.name ?? id;
}

/** A button for each provider, after other ways; nothing where there is neither. */
export function continueWith(app, path, others = []) {
  const providers = app.strategy.providers.map(({ id, name }) =>
    button([logo(id), t("provider.continue", { provider: name })], () => {
      app.client.leaveFor(id, pageUrl(path));
      return leaving();
    }, "plain wide"));
  const buttons = [...others, ...providers].filter(Boolean);
  return buttons.length ? h("div", { class: "providers" }, or(), buttons) : null;
}

/** A line between the usual way and others. */
export const or = () => h("p", { class: "or", "aria-hidden": "true" }, t("common.or"));

/**
 * How a person without a password proves anew who they are.
 *
 * @param {any} app
 * @param {string} path where to come back to
 * @param {object} intent what to go on with then
 * @param {string} [words] why
 */
export function confirmWith(app, path, intent, words = t("provider.confirm_why")) {
  const place = h("div", { class: "actions" });
  const offer = async () => {
    const identities = await app.client.identities();
    const ids = [...new Set(identities.map((one) => one.provider))];
    place.replaceChildren(...ids.map((id) => button([logo(id), t("provider.confirm", { provider: providerName(app, id) })], () => {
      intend({ ...intent, user: app.user.id });
      app.client.leaveFor(id, pageUrl(path), { prompt: "login" });
      return leaving();
    }, "primary")));
  };
  offer().catch(() => place.replaceChildren(t("provider.sign_out_first")));
  return [h("p", {}, words), place];
}

/** What a visit to a provider ended with, in words; it is told once. */
export function arrivalNotice(app) {
  const { arrival } = app;
  if (!arrival) return null;
  app.arrival = null;
  return notice(arrival.error === "link_required" ? "info" : "bad", h("p", {}, arrivalWords(arrival.error, providerName(app, arrival.provider) || t("provider.somebody"))));
}

/** What a provider's sign-in was refused for that there are words for. */
const REFUSALS = {
  link_required: "provider.link_required",
  access_denied: "provider.access_denied",
  provider_failed: "provider.provider_failed",
  provider_unavailable: "provider.provider_unavailable",
  invalid_flow: "provider.invalid_flow",
  invalid_token: "provider.invalid_token",
  email_unverified: "provider.email_unverified",
  refused_by_policy: "provider.refused_by_policy",
  identity_taken: "provider.identity_taken",
  username_taken: "provider.username_taken",
};

function arrivalWords(code, provider) {
  return t(REFUSALS[code] ?? "provider.other", { provider, code });
}
