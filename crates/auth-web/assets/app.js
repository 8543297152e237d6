/** The frame of the pages: which server, who is signed in, which page. */

import { createClient } from "./client.js";
import { byId, follow, moveTo, navLink, nextPath, present, speak, tell } from "./frame.js";
import { button, h, inWords, local, notice, problemPlace, refused, retype, rules, run, session, typed } from "./ui.js";
import { t } from "./words.js";

const data = document.documentElement.dataset;

/** What the server that served the pages said about itself. */
const site = {
  name: data.service ?? "",
  basePath: data.basePath ?? "",
  servers: here((data.servers ?? "").split(" ").filter(Boolean)),
  mailbox: data.mailbox === "true",
  docs: data.docs === "true",
  /** Tags of the languages there are words of. */
  languages: (data.languages ?? "").split(" "),
  /** Whether they show how the server works, and how others differ. */
  demo: data.demo === "true",
};

/** @type {Record<string, {load: () => Promise<any>, page: string, who?: "member" | "guest"}>} */
const ROUTES = {
  "/": { load: () => import("./home.js"), page: "home" },
  "/sign-in": { load: () => import("./sign.js"), page: "signIn", who: "guest" },
  "/sign-up": { load: () => import("./sign.js"), page: "signUp", who: "guest" },
  "/mail-code": { load: () => import("./mail-code.js"), page: "mailCode", who: "guest" },
  "/second-step": { load: () => import("./second-step.js"), page: "secondStep" },
  "/verify": { load: () => import("./links.js"), page: "verify" },
  "/forgot": { load: () => import("./links.js"), page: "forgot" },
  "/reset": { load: () => import("./links.js"), page: "reset" },
  "/profile": { load: () => import("./account.js"), page: "profile", who: "member" },
  "/security": { load: () => import("./security.js"), page: "security", who: "member" },
  "/devices": { load: () => import("./account.js"), page: "devices", who: "member" },
  "/history": { load: () => import("./history.js"), page: "history", who: "member" },
  "/linked": { load: () => import("./linked.js"), page: "linked", who: "member" },
  "/dev/mailbox": { load: () => import("./mailbox.js"), page: "mailbox" },
};

const CHOICE = "auth:server";
/** What was typed when a session ended. */
const TYPED = "auth:typed";
const KEPT_EXCHANGES = 8;

/** The state that pages work with. */
const app = {
  site, go, tell, choose, nextPath,
  server: "",
  client: createClient(location.origin),
  /** @type {import("./client.js").Strategy | null} */
  strategy: null,
  /** Why nobody knows what the server is and who is signed in. @type {unknown} */
  problem: null,
  /** What the next page says first. @type {any} */
  news: null,
  /** The username or address that was typed last, for the next form that asks for one. */
  identifier: "",
  /** The same where only an address will do. */
  get address() {
    return app.identifier.includes("@") ? app.identifier : "";
  },
  /** What a visit to a provider ended with. @type {{error: string, provider: string} | null} */
  arrival: null,
  /** The code of a mailed link that was followed. @type {string | undefined} */
  mailedCode: undefined,
  /** The latest first. @type {(import("./client.js").Exchange & {signedIn: boolean, waits?: boolean})[]} */
  exchanges: [],
  get user() {
    return app.client.user;
  },
};

/** On a machine of one's own, localhost and 127.0.0.1 are one server, but two origins. */
function here(/** @type {string[]} */ origins) {
  const loopback = (/** @type {URL | Location} */ url) => ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  const same = (/** @type {string} */ origin) =>
    loopback(new URL(origin)) && loopback(location) && new URL(origin).port === location.port;
  return origins.map((origin) => (same(origin) ? location.origin : origin));
}

/** Which server to use: the one chosen before, if it is still offered. */
function chosen() {
  const choice = local.get(CHOICE);
  return choice && site.servers.includes(choice) ? choice : (site.servers[0] ?? location.origin);
}

/** Moves the pages to another server and stays on the same page. */
async function choose(/** @type {string} */ origin) {
  local.set(CHOICE, origin);
  await connect();
  await show({ announce: false });
}

/** Talks to the chosen server from now on. */
async function connect() {
  app.client.close();
  app.server = chosen();
  app.client = createClient(app.server + site.basePath);
  app.strategy = null;
  app.problem = null;
  app.exchanges = [];
  app.client.on("exchange", (exchange) => {
    const marked = { ...exchange, signedIn: app.client.mayBeSignedIn };
    app.exchanges = [marked, ...app.exchanges].slice(0, KEPT_EXCHANGES);
    panelChanged();
  });
  try {
    app.strategy = await app.client.strategy();
    app.arrival = await app.client.arrive().catch(turnedAway);
    await app.client.resume();
    rules.minLength = app.strategy.password.min_length;
    speak(app.user, site.languages);
  } catch (error) {
    app.problem = error;
  }
  app.client.on("change", changed);
}

/** What a provider's sign-in was refused for; a server that is away refused nothing. */
function turnedAway(/** @type {any} */ error) {
  if (error.code === "pending") return oneMoreStep(error.pending);
  if (error.status === 0 || error.status >= 500) throw error;
  return { error: error.code ?? "provider_failed", provider: "" };
}

/** A provider's sign-in goes on with its second step, and then where it was to end. */
async function oneMoreStep(/** @type {import("./client.js").Pending} */ pending) {
  const { keep, stepPath } = await import("./pending.js");
  const next = ROUTES[location.pathname]?.who === "guest" ? nextPath() : location.pathname + location.search;
  keep(app, pending);
  history.replaceState(null, "", stepPath(next));
  return null;
}

/** Somebody signed in or out, maybe in another tab. */
function changed(/** @type {import("./client.js").Change} */ { user, was, reason }) {
  const who = ROUTES[location.pathname]?.who;
  if (speak(user, site.languages)) return undefined;
  if (reason === "updated") return frame();
  if (reason === "expired" && was) keepTyped(was.id);
  frame();
  const personal = who === "member" || location.pathname === "/";
  // What is somebody's goes with them, and not when the next page is ready.
  if (personal) byId("main").replaceChildren();
  if (user && was && (personal || who === "guest")) app.news = notice("info", t("app.other_person", { username: user.username }));
  if (!user && who === "member") {
    const next = encodeURIComponent(location.pathname + location.search);
    return go(reason === "expired" ? `/sign-in?ended=1&next=${next}` : "/sign-in", { replace: true });
  }
  if (user && who === "guest") return go(nextPath(), { replace: true });
  return personal ? show({ announce: false }) : undefined;
}

/** What was typed is still there once the same person has signed in again. */
function keepTyped(/** @type {string} */ user) {
  const words = typed(byId("main"));
  if (words.length) session.set(TYPED, JSON.stringify({ user, path: location.pathname, words }));
}

function retypeKept() {
  const kept = JSON.parse(session.get(TYPED) ?? "null");
  if (!kept || !app.user || (kept.user === app.user.id && kept.path !== location.pathname)) return;
  session.remove(TYPED);
  if (kept.user === app.user.id && retype(byId("main"), kept.words)) say("info", t("app.typed_again"));
}

/** Shows another page. */
function go(/** @type {string} */ path, { replace = false } = {}) {
  moveTo(path, replace);
  return show();
}

/** Shows the page of the present address. */
async function show({ announce = true } = {}) {
  const route = ROUTES[location.pathname] ?? ROUTES["/"];
  if (!app.problem && route.who === "member" && !app.user) {
    const next = encodeURIComponent(location.pathname + location.search);
    return go(`/sign-in?next=${next}`, { replace: true });
  }
  if (!app.problem && route.who === "guest" && app.user) return go(nextPath(), { replace: true });
  const titled = (/** @type {string} */ title) => (title === site.name ? title : `${title} · ${site.name}`);
  if (await present(() => content(route), { app, announce, titled, draw: frame })) retypeKept();
  return undefined;
}

async function content(/** @type {typeof ROUTES[string]} */ route) {
  if (app.problem) return unreachable();
  const part = await route.load().catch(renew);
  if (!part) return { title: t("app.not_loaded"), body: [notice("bad", t("app.not_loaded_why")), again()] };
  try {
    return await part[route.page](app);
  } catch (error) {
    const [again, place] = [button(t("common.try_again"), () => show(), "primary"), problemPlace()];
    refused(place, error, again);
    return { title: t("app.failed"), body: [place, again] };
  }
}

/**
 * An upgrade takes old files away, and browsers remember a failed import for as long as the document
 * lives: only a fresh document helps. It is loaded once for each page, if the server is there.
 */
async function renew() {
  if (history.state?.renewed) return null;
  const here = await fetch(location.pathname, { cache: "no-store" }).catch(() => null);
  if (!here?.ok) return null;
  history.replaceState({ renewed: true }, "");
  location.reload();
  return new Promise(() => {});
}

function again() {
  return h("div", { class: "actions" }, button(t("app.load_again"), () => location.reload(), "primary"));
}

async function retry() {
  await connect();
  await show();
}

function unreachable() {
  const { status, message } = /** @type {any} */ (app.problem);
  const kept = app.client.mayBeSignedIn ? `${t("app.kept_signed_in")} ` : "";
  const why = status > 0 ? t("app.answered_with", { status }) : message ?? "";
  const body = [
    site.demo ? h("p", {}, h("strong", { class: "url" }, app.server), ": ", why) : null,
    h("p", {}, kept, t("app.in_a_moment")),
    h("div", { class: "actions" }, button(t("common.try_again"), retry, "primary"), site.demo && site.servers.length > 1 ? button(t("app.other_server"), openSwitch) : null),
  ];
  return { title: t("app.unreachable"), body: body.filter(Boolean) };
}

/** Says something at the top of the page. */
function say(/** @type {"info" | "bad"} */ kind, /** @type {string} */ words) {
  const message = notice(kind, words);
  message.setAttribute("role", kind === "bad" ? "alert" : "status");
  byId("main").querySelector("h1")?.after(message);
}

/** Header, navigation and footer as they should be now. */
function frame() {
  if (site.demo) byId("bar-end").replaceChildren(switchButton());
  byId("nav").replaceChildren(h("ul", {}, links().map(([label, path]) => h("li", {}, navLink(label, path))), app.user ? h("li", { class: "end" }, signOutButton()) : null));
  if (!byId("foot").firstChild) byId("foot").append(...[site.demo ? panel() : null, footLinks()].filter(Boolean));
  panelChanged();
}

function links() {
  if (app.problem) return [[t("nav.home"), "/"]];
  if (!app.user) return [[t("nav.home"), "/"], [t("nav.sign_in"), "/sign-in"], [t("nav.sign_up"), "/sign-up"]];
  const linked = app.strategy?.providers.length ? [[t("nav.linked"), "/linked"]] : [];
  return [[t("nav.overview"), "/"], [t("nav.profile"), "/profile"], [t("nav.security"), "/security"], [t("nav.devices"), "/devices"], ...linked];
}

function signOutButton() {
  const out = async () => {
    await app.client.signOut();
    app.tell(t("app.signed_out"));
  };
  const failed = (/** @type {unknown} */ error) => say("bad", t("app.still_signed_in", { reason: inWords(error) }));
  const onclick = (/** @type {any} */ event) => run(event.currentTarget, () => out().catch(failed));
  return h("button", { type: "button", class: "link", onclick }, t("nav.sign_out"));
}

function switchButton() {
  const { strategy } = app;
  const name = strategy ? `${strategy.strategy} · ${strategy.token_type === "Bearer" ? t("demo.bearer_token") : "cookie"}` : t("demo.no_answer");
  return h("button", { type: "button", class: "switch", "aria-haspopup": "dialog", onclick: (/** @type {any} */ event) => run(event.currentTarget, openSwitch) },
    h("span", { class: strategy ? "dot on" : "dot", "aria-hidden": "true" }), h("span", { class: "quiet" }, t("demo.switch")), name);
}

async function openSwitch() {
  const part = await import("./servers.js").catch(() => null);
  if (part) part.openServers(app);
  else say("bad", t("app.no_servers"));
}

function footLinks() {
  return h("p", { class: "foot-links" },
    site.mailbox ? h("a", { href: "/dev/mailbox" }, t("nav.mailbox")) : null,
    site.demo && site.docs ? h("a", { href: "/docs/" }, t("nav.docs")) : null,
    site.demo ? h("a", { href: "/client.js" }, "client.js") : null);
}

/** What just happened between this page and the server. */
function panel() {
  return h("details", { id: "panel", ontoggle: panelChanged }, h("summary", {}, h("span", {}, t("demo.what_happened")), h("span", { class: "latest", id: "latest" })), h("div", { id: "panel-body" }));
}

async function panelChanged() {
  const open = document.getElementById("panel");
  const [latest] = app.exchanges;
  if (!open) return;
  byId("latest").textContent = latest ? `${latest.method} ${new URL(latest.url).pathname} → ${latest.status || t("demo.no_answer")}` : "";
  if (!(/** @type {HTMLDetailsElement} */ (open).open)) return;
  const part = await import("./panel.js").catch(() => null);
  byId("panel-body").replaceChildren(...(part ? part.exchanges(app) : [h("p", {}, t("app.no_panel"))]));
}

/** A server that was away may be back. */
function woke() {
  const wasAway = Boolean(app.problem);
  if (wasAway) retry();
  return wasAway;
}

addEventListener("online", woke);
follow({ app, routes: ROUTES, go, show, woke });
connect().then(() => show({ announce: false }));
