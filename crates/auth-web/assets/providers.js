/** Signing in, proving oneself and linking through a provider. */

import { button, h, leaving, notice, session } from "./ui.js";

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
    button(`Continue with ${name}`, () => {
      app.client.leaveFor(id, pageUrl(path));
      return leaving();
    }, "plain wide"));
  const buttons = [...others, ...providers].filter(Boolean);
  return buttons.length ? h("div", { class: "providers" }, or(), buttons) : null;
}

/** A line between the usual way and others. */
export const or = () => h("p", { class: "or", "aria-hidden": "true" }, "or");

/**
 * How a person without a password proves anew who they are.
 *
 * @param {any} app
 * @param {string} path where to come back to
 * @param {object} intent what to go on with then
 * @param {string} [words] why
 */
export function confirmWith(app, path, intent, words = "Your sign-in is a while ago. Confirm that it is you, then this goes on.") {
  const place = h("div", { class: "actions" });
  const offer = async () => {
    const identities = await app.client.identities();
    const ids = [...new Set(identities.map((one) => one.provider))];
    place.replaceChildren(...ids.map((id) => button(`Confirm with ${providerName(app, id)}`, () => {
      intend({ ...intent, user: app.user.id });
      app.client.leaveFor(id, pageUrl(path), { prompt: "login" });
      return leaving();
    }, "primary")));
  };
  offer().catch(() => place.replaceChildren("Sign out and in again, then retry."));
  return [h("p", {}, words), place];
}

/** What a visit to a provider ended with, in words; it is told once. */
export function arrivalNotice(app) {
  const { arrival } = app;
  if (!arrival) return null;
  app.arrival = null;
  return notice(arrival.error === "link_required" ? "info" : "bad", h("p", {}, arrivalWords(arrival.error, providerName(app, arrival.provider) || "The provider")));
}

function arrivalWords(code, name) {
  switch (code) {
    case "link_required":
      return `An account with the address you have at ${name} exists here already. Sign in to it, and ${name} is linked right after.`;
    case "access_denied":
      return `You did not agree at ${name}, so nothing happened.`;
    case "provider_failed":
      return `${name} answered with something that can’t be trusted. Try again.`;
    case "provider_unavailable":
      return `${name} can’t be reached. Try again in a moment.`;
    case "invalid_flow":
      return "This sign-in took too long, or was begun in another browser. Begin it again.";
    case "invalid_token":
      return "This sign-in took too long. Begin it again.";
    case "email_unverified":
      return `${name} did not confirm your address. Confirm it there, then come back.`;
    case "refused_by_policy":
      return "The operator of this service does not permit this.";
    case "identity_taken":
      return `This account at ${name} is linked to another account here.`;
    case "username_taken":
      return "The username from there is taken here. Create an account, then link it.";
    default:
      return `${name} could not sign you in (${code}).`;
  }
}
