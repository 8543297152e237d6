/** What just happened: the last requests, and how the credential travelled. */

import { h } from "./ui.js";
import { t } from "./words.js";

const TELLING = ["authorization", "if-user", "content-type", "retry-after", "x-request-id", "cache-control"];
/** Routes that answer with a credential. */
const GRANTING = /\/(login|factor|refresh|exchange|change)$/;

export function exchanges(app) {
  const { exchanges: all } = app;
  if (!all.length) return [h("p", { class: "hint" }, t("demo.nothing_yet"))];
  return [h("ol", { class: "exchanges" }, all.map((one) => h("li", {}, exchange(app, one)))), ...decoded(app)];
}

function exchange(app, one) {
  const url = new URL(one.url);
  const ok = one.status >= 200 && one.status < 400;
  return [
    h("p", { class: "exchange-head" },
      h("code", {}, `${one.method} ${url.pathname}`), " ",
      h("span", { class: ok ? "badge good" : "badge bad" }, one.status || t("demo.no_answer")), ` ${Math.round(one.ms)} ms`),
    headers(t("demo.sent"), [...telling(one.sent), ...cookieSent(app, one, url)]),
    headers(t("demo.received"), [...telling(one.received), ...cookieSet(app, one, url)]),
  ];
}

function telling(all) {
  return Object.entries(all).filter(([name]) => TELLING.includes(name));
}

function headers(title, entries) {
  if (!entries.length) return null;
  return h("dl", { class: "headers" }, h("dt", { class: "headers-title" }, title), entries.map(([name, value]) => h("dd", {}, h("code", {}, `${name}: ${value}`))));
}

const isBearer = (app) => app.strategy?.token_type === "Bearer";

/** The cookie as the contract names it; scripts never see the real one. */
function cookieName(app, url) {
  const what = isBearer(app) ? "refresh" : "session";
  return url.protocol === "https:" ? `__Host-${what}` : `${what}-${url.port || 80}`;
}

function cookieSent(app, one, url) {
  const carries = isBearer(app) ? url.pathname.endsWith("/refresh") : one.signedIn;
  return carries ? [["cookie", `${cookieName(app, url)}=… ${t("demo.cookie_sent")}`]] : [];
}

function cookieSet(app, one, url) {
  const granted = one.status === 200 && !one.waits && GRANTING.test(url.pathname);
  return granted ? [["set-cookie", `${cookieName(app, url)}=…; HttpOnly ${t("demo.cookie_set")}`]] : [];
}

/** What the access token says, where there is one. */
function decoded(app) {
  const claims = app.client.claims();
  if (!claims) return [];
  const part = (title, value) => [h("h3", {}, title), h("pre", {}, JSON.stringify(value, null, 2))];
  return [h("h2", {}, t("demo.access_token")), ...part(t("demo.header"), claims.header), ...part(t("demo.payload"), claims.payload), h("h3", {}, t("demo.signature")), h("pre", {}, t("demo.masked"))];
}
