/** The frame of the console: who is signed in, what they may do, which page. */

import { createClient } from "../client.js";
import { button, h, inWords, notice, problemPlace, refused, rules, run } from "../ui.js";
import { language, t } from "../words.js";
import { adminClient } from "./admin-client.js";

const data = document.documentElement.dataset;

const site = {
  name: data.service ?? "",
  basePath: data.basePath ?? "",
  languages: (data.languages ?? "").split(" "),
  mailbox: false,
  demo: false,
};

/** The pages; `may` names permissions of which any one opens it. */
const ROUTES = {
  "/": { load: () => import("./overview.js"), page: "overview", may: ["system:read"] },
  "/people": { load: () => import("./people.js"), page: "people", may: ["users:read"] },
  "/person": { load: () => import("./person.js"), page: "person", may: ["users:read"] },
  "/audit": { load: () => import("./audit.js"), page: "audit", may: ["audit:read"] },
  "/keys": { load: () => import("./keys.js"), page: "keys", may: ["api_keys:write", "system:read"] },
  "/mails": { load: () => import("./mails.js"), page: "mails", may: ["mail:read"] },
  "/sign-in": { load: () => import("./sign.js"), page: "signIn", who: "guest" },
  "/second-step": { load: () => import("../second-step.js"), page: "secondStep", who: "anybody" },
};

/** What the navigation leads to. */
const LINKS = [["/", "nav.overview"], ["/people", "console.people"], ["/audit", "console.audit"], ["/keys", "console.keys"], ["/mails", "console.mails"]];

/** How long a tab may be out of sight and still know who is signed in, in ms. */
const SLEEP = 30_000;

const byId = (id) => document.getElementById(id);
const here = () => ROUTES[location.pathname] ?? ROUTES["/"];

/** The state that pages work with. */
const app = {
  site, go, show, tell, nextPath,
  client: createClient(location.origin + site.basePath),
  admin: adminClient(() => app.client),
  /** How people sign in here. */
  strategy: null,
  /** Who is signed in, as the admin API has them. */
  me: null,
  /** Why the admin API lets whoever is signed in do nothing. */
  refusal: null,
  /** Why nobody knows what the server is and who is signed in. */
  problem: null,
  /** What the next page says first. */
  news: null,
  identifier: "",
  exchanges: [],
  get user() {
    return app.client.user;
  },
  /** Whether whoever is signed in may do this. */
  may: (permission) => app.me?.permissions.includes(permission) ?? false,
};

async function connect() {
  app.problem = null;
  try {
    app.strategy = alwaysAsking(await app.client.strategy());
    await app.client.resume();
    rules.minLength = app.strategy.password.min_length;
    if (speak(app.user)) return;
    await meet();
  } catch (error) {
    app.problem = error;
  }
}

/** How one signs in here: no device is left alone, since the admin API wants the second step of each session. */
function alwaysAsking(strategy) {
  const { factors } = strategy;
  return factors ? { ...strategy, factors: { ...factors, trusted_device_days: 0 } } : strategy;
}

/** Asks what whoever is signed in may do. */
async function meet() {
  app.me = app.refusal = null;
  if (!app.user) return;
  try {
    app.me = await app.admin.get("/me");
  } catch (error) {
    if (error.status === 401) return;
    if (error.status !== 403) throw error;
    app.refusal = error;
  }
}

/** Somebody signed in or out, maybe in another tab. */
function changed({ user, was, reason }) {
  if (speak(user)) return undefined;
  if (reason === "updated" && user && was?.id === user.id) return frame();
  app.me = app.refusal = null;
  const { who } = here();
  // What was shown goes with whoever could see it.
  if (!who) byId("main").replaceChildren();
  if (!user && !who) return go(signInPath(reason === "expired"), { replace: true });
  if (user && who === "guest") return go(nextPath(), { replace: true });
  return who ? frame() : show();
}

function signInPath(ended) {
  const next = encodeURIComponent(location.pathname + location.search);
  return `/sign-in?${ended ? "ended=1&" : ""}next=${next}`;
}

/** Where to go after signing in: only ever to a page of this site. */
function nextPath(fallback = "/") {
  const next = new URLSearchParams(location.search).get("next") ?? fallback;
  const url = new URL(next, location.origin);
  return next.startsWith("/") && url.origin === location.origin ? url.pathname + url.search : fallback;
}

/** Has the document in the language of the account, and says whether it is loaded anew for that. */
function speak(user) {
  const told = () => document.cookie.match(/(?:^|; )language=([^;]*)/)?.[1] ?? "";
  const set = user?.language ?? "";
  const wanted = [set, set.split("-")[0]].find((one) => site.languages.includes(one)) ?? "";
  if (!user || wanted === told()) return false;
  document.cookie = `language=${wanted}; path=/; samesite=lax; max-age=${wanted ? 31_536_000 : 0}`;
  if (wanted !== told() || wanted === language) return false;
  location.reload();
  return true;
}

/** Shows another page. */
function go(path, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  return show();
}

let showing = 0;
let shown = "";
/** Ends what goes on beside the present page. */
let end = () => {};

/** Shows the page of the present address. */
async function show({ announce = true } = {}) {
  showing += 1;
  const turn = showing;
  const main = byId("main");
  const route = here();
  if (!app.problem && !route.who && !app.user) return go(signInPath(false), { replace: true });
  if (!app.problem && route.who === "guest" && app.user) return go(nextPath(), { replace: true });
  main.setAttribute("aria-busy", "true");
  // What is on its way out takes no second press.
  main.inert = true;
  const { title, body, wide, shown: onShown, gone = () => {} } = await content(route);
  if (turn !== showing) return gone();
  end();
  end = gone;
  shown = location.pathname + location.search;
  main.removeAttribute("aria-busy");
  main.inert = false;
  document.title = `${title} · ${t("console.of", { service: site.name })}`;
  const heading = h("h1", { tabindex: "-1" }, title);
  main.className = wide ? "wide" : "narrow";
  main.replaceChildren(heading, ...[app.news ?? [], body].flat().filter(Boolean));
  app.news = null;
  frame();
  if (announce) {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  onShown?.();
  return undefined;
}

async function content(route) {
  if (app.problem) return unreachable();
  try {
    if (!route.who && !app.me && !app.refusal) await meet();
    const part = await (!route.who && !app.me ? import("./locked.js") : route.load());
    if (!route.who && !app.me) return await part.locked(app);
    if (route.may && !route.may.some(app.may)) return elsewhere();
    return await part[route.page](app);
  } catch (error) {
    const [again, place] = [button(t("common.try_again"), () => show(), "primary"), problemPlace()];
    refused(place, error, again);
    return { title: t("app.failed"), body: [place, h("div", { class: "actions" }, again)] };
  }
}

/** A page that is not for this role. */
function elsewhere() {
  return { title: t("console.not_for_you"), body: [notice("info", t("console.not_for_you_why"))] };
}

function unreachable() {
  const retry = async () => {
    await connect();
    await show();
  };
  const why = notice("bad", inWords(app.problem));
  return { title: t("app.unreachable"), body: [why, h("div", { class: "actions" }, button(t("common.try_again"), retry, "primary"))] };
}

/** Says something to people who can't see that it changed. */
function tell(text) {
  byId("live").textContent = "";
  setTimeout(() => (byId("live").textContent = text), 50);
}

/** Header and navigation as they should be now. */
function frame() {
  byId("bar-end").replaceChildren(h("span", { class: "badge" }, t("console.console")));
  const open = LINKS.filter(([path]) => ROUTES[path].may.some(app.may));
  const items = open.map(([path, key]) => h("li", {}, navLink(t(key), path)));
  byId("nav").replaceChildren(h("ul", {}, items, app.user ? h("li", { class: "end" }, signOutButton()) : null));
}

function navLink(label, path) {
  const isCurrent = path === location.pathname || (path === "/people" && location.pathname === "/person");
  return h("a", { href: path, "aria-current": isCurrent ? "page" : null }, label);
}

function signOutButton() {
  const out = async () => {
    await app.client.signOut();
    tell(t("app.signed_out"));
  };
  return h("button", { type: "button", class: "link", onclick: (event) => run(event.currentTarget, out) }, t("nav.sign_out"));
}

/** Back and forward; a jump within a page moves nowhere. */
function moved() {
  if (location.pathname + location.search !== shown) show();
}

/** Links between the pages need no reload. */
function followed(event) {
  const link = event.target.closest?.("a");
  const other = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || other || event.defaultPrevented || link.target || link.origin !== location.origin) return;
  if (!(link.pathname in ROUTES) || link.hasAttribute("download") || (link.hash && link.pathname === location.pathname)) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

let hiddenAt = Infinity;

/** A tab that was out of sight may have missed a sign-in or a session's end. */
function visibilityChanged() {
  if (document.hidden) hiddenAt = Date.now();
  else if (Date.now() - hiddenAt > SLEEP) app.client.check().catch(() => null);
}

/** Nothing of what was shown is left behind for whoever comes back to this page by a key. */
function left() {
  if (app.user) byId("main").hidden = true;
}

async function cameBack(event) {
  if (!event.persisted) return;
  await app.client.check().catch((error) => (app.problem = error));
  await show({ announce: false });
  byId("main").hidden = false;
}

addEventListener("popstate", moved);
addEventListener("click", followed);
addEventListener("visibilitychange", visibilityChanged);
addEventListener("pagehide", left);
addEventListener("pageshow", cameBack);
connect().then(() => {
  app.client.on("change", changed);
  return show({ announce: false });
});
