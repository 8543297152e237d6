/** The front page: a welcome, or an overview of the account. */

import { buttonLink, h, notice, time } from "./ui.js";
import { rich, t } from "./words.js";

export async function home(app) {
  return app.user ? overview(app) : welcome(app);
}

function welcome(app) {
  const actions = h("div", { class: "actions" }, buttonLink(t("home.sign_up"), "/sign-up"), buttonLink(t("home.sign_in"), "/sign-in", "plain"));
  return {
    title: app.site.name,
    wide: true,
    body: [
      h("p", { class: "lead" }, t("home.lead")),
      actions,
      promises(app),
    ].filter(Boolean),
  };
}

function overview(app) {
  const { user } = app;
  const unconfirmed = user.email_verified ? null : notice("info", ...rich("home.unconfirmed", { link: h("a", { href: "/verify" }, t("home.confirm")) }));
  return {
    title: t("home.hello", { name: user.first_name }),
    wide: true,
    body: [
      unconfirmed,
      h("section", { class: "card", "aria-labelledby": "you" },
        h("h2", { id: "you" }, t("home.account")),
        facts([
          [t("common.name"), [user.first_name, user.last_name].filter(Boolean).join(" ")],
          [t("common.username"), user.username],
          [t("common.email"), [user.email, " ", user.email_verified ? h("span", { class: "badge good" }, t("home.confirmed")) : h("span", { class: "badge" }, t("home.not_confirmed"))]],
          [t("home.signs_in_with"), user.has_password ? t("home.a_password") : t("home.a_linked_account")],
          [t("home.member_since"), time(user.created_at)],
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
    h("h2", { id: "server" }, t("demo.server")),
    facts(promiseFacts(strategy, app.server)));
}

/** What a server promises, in words. */
export function promiseFacts(strategy, server) {
  const { guarantees } = strategy;
  const bearer = strategy.token_type === "Bearer";
  const reads = guarantees.store_reads_per_request;
  return [
    [t("demo.strategy"), rich("demo.strategy_at", { strategy: h("strong", {}, strategy.strategy), server: h("span", { class: "url" }, server) })],
    [t("demo.credential"), bearer ? t("demo.bearer") : t("demo.cookie")],
    [t("demo.sign_out_takes"), guarantees.revocation === "before_answer" ? t("demo.at_once") : guarantees.revocation],
    [t("demo.store_reads"), reads === 0 ? t("demo.none") : String(reads)],
    [t("demo.sign_in_with"), [t("home.a_password"), ...passwordless(strategy), ...strategy.providers.map((one) => one.name)].join(t("demo.or"))],
    [t("demo.new_addresses"), strategy.verification === "required" ? t("demo.confirmed_before") : t("demo.confirmed_later")],
  ];
}

const PASSWORDLESS = { passkey: "demo.passkey", mail_code: "demo.mail_code" };

const passwordless = ({ factors }) => (factors?.passwordless ?? []).map((way) => PASSWORDLESS[way]).filter(Boolean).map((key) => t(key));

/** Terms and what they are. */
export function facts(entries) {
  return h("dl", { class: "facts" }, entries.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))));
}
