/** A sign-in that takes one more step: what is kept of it meanwhile, and where it goes on. */

import { local, session } from "./ui.js";

const KEPT = "auth:pending";

/** The page of the next step, and where that leads. */
export const stepPath = (next) => `/second-step?next=${encodeURIComponent(next)}`;

/** Keeps what waits, with which no credential came: for this tab, or for this browser where the link of a mail may open another one. */
export function keep(app, pending, more = {}) {
  forget();
  if (app.exchanges[0]) app.exchanges[0].waits = true;
  const place = pending.methods.includes("mail_code") ? local : session;
  const until = Date.now() + pending.expires_in * 1000;
  place.set(KEPT, JSON.stringify({ server: app.client.baseUrl, until, pending, ...more }));
}

/** What waits at this server, if it still does. */
export function kept(app) {
  const all = [session, local].map((place) => JSON.parse(place.get(KEPT) ?? "null"));
  return all.find((one) => one?.server === app.client.baseUrl && Date.now() < one.until) ?? null;
}

export function forget() {
  for (const place of [session, local]) place.remove(KEPT);
}

/** Does what signs in, and says whether it did; where it takes one more step, that is what comes next, with `news` of what was done. */
export async function orStep(app, signIn, { next = app.nextPath(), news = null } = {}) {
  try {
    await signIn();
    return true;
  } catch (error) {
    if (error.code !== "pending") throw error;
    keep(app, error.pending);
    app.news = news;
    await app.go(stepPath(next));
    return false;
  }
}

/** The code of a mailed link, taken out of the address so that nothing keeps it. */
export function takeCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code !== null) history.replaceState(null, "", location.pathname + location.search);
  return code;
}

/** Goes on with a mailed code where it was asked for. */
export async function followMailed(app, code) {
  const waits = kept(app);
  if (!waits?.pending.methods.includes("mail_code")) return false;
  app.mailedCode = code;
  await app.go(stepPath(waits.next ?? "/"), { replace: true });
  return true;
}
