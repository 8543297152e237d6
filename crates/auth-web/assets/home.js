/** The front page: a welcome, or an overview of the account. */

import { buttonLink, h, notice, time } from "./ui.js";

export async function home(app) {
  return app.user ? overview(app) : welcome(app);
}

function welcome(app) {
  const actions = h("div", { class: "actions" }, buttonLink("Create account", "/sign-up"), buttonLink("Sign in", "/sign-in", "plain"));
  return {
    title: app.site.name,
    wide: true,
    body: [
      h("p", { class: "lead" }, "One account, and every way to keep it: sign up, sign in, and look after your profile, password and devices."),
      actions,
      promises(app),
    ].filter(Boolean),
  };
}

function overview(app) {
  const { user } = app;
  const unconfirmed = user.email_verified ? null : notice("info", "Your address is not confirmed yet. ", h("a", { href: "/verify" }, "Confirm it"));
  return {
    title: `Hello, ${user.first_name}`,
    wide: true,
    body: [
      unconfirmed,
      h("section", { class: "card", "aria-labelledby": "you" },
        h("h2", { id: "you" }, "Your account"),
        facts([
          ["Name", [user.first_name, user.last_name].filter(Boolean).join(" ")],
          ["Username", user.username],
          ["E-mail", [user.email, " ", user.email_verified ? h("span", { class: "badge good" }, "confirmed") : h("span", { class: "badge" }, "not confirmed")]],
          ["Signs in with", user.has_password ? "a password" : "a linked account"],
          ["Member since", time(user.created_at)],
        ])),
      promises(app),
    ].filter(Boolean),
  };
}

/** What the server in use promises, where that is shown. */
function promises(app) {
  const { site, strategy } = app;
  if (!site.demo) return null;
  return h("section", { class: "card", "aria-labelledby": "server" },
    h("h2", { id: "server" }, "This server"),
    facts(promiseFacts(strategy, app.server)));
}

/** What a server promises, in words. */
export function promiseFacts(strategy, server) {
  const { guarantees } = strategy;
  const bearer = strategy.token_type === "Bearer";
  const reads = guarantees.store_reads_per_request;
  return [
    ["Strategy", [h("strong", {}, strategy.strategy), " at ", h("span", { class: "url" }, server)]],
    ["Credential", bearer ? "a bearer token in memory, renewed through an HttpOnly cookie" : "an HttpOnly cookie, which scripts can’t read"],
    ["A sign-out takes effect", guarantees.revocation === "before_answer" ? "at once, everywhere" : guarantees.revocation],
    ["Store reads per request", reads === 0 ? "none" : String(reads)],
    ["Sign in with", ["a password", ...passwordless(strategy), ...strategy.providers.map((one) => one.name)].join(" or ")],
    ["New addresses", strategy.verification === "required" ? "are confirmed before the first sign-in" : "may be confirmed later"],
  ];
}

const PASSWORDLESS = { passkey: "a passkey", mail_code: "a mailed code" };

const passwordless = ({ factors }) => (factors?.passwordless ?? []).map((way) => PASSWORDLESS[way]).filter(Boolean);

/** Terms and what they are. */
export function facts(entries) {
  return h("dl", { class: "facts" }, entries.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))));
}
