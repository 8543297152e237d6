/** The frame of the pages: which server, who is signed in, which page. */

import { createClient } from "./client.js";
import { button, h, inWords, notice } from "./ui.js";

const data = document.documentElement.dataset;

/** What the server that served the pages said about itself. */
const site = {
  name: data.service ?? "",
  basePath: data.basePath ?? "",
  servers: here((data.servers ?? "").split(" ").filter(Boolean)),
  mailbox: data.mailbox === "true",
};

/** @type {Record<string, {load: () => Promise<any>, page: string, who?: "member" | "guest"}>} */
const ROUTES = {
  "/": { load: () => import("./home.js"), page: "home" },
  "/sign-in": { load: () => import("./sign.js"), page: "signIn", who: "guest" },
  "/sign-up": { load: () => import("./sign.js"), page: "signUp", who: "guest" },
  "/verify": { load: () => import("./links.js"), page: "verify" },
  "/forgot": { load: () => import("./links.js"), page: "forgot" },
  "/reset": { load: () => import("./links.js"), page: "reset" },
  "/profile": { load: () => import("./account.js"), page: "profile", who: "member" },
  "/security": { load: () => import("./security.js"), page: "security", who: "member" },
  "/devices": { load: () => import("./account.js"), page: "devices", who: "member" },
  "/linked": { load: () => import("./linked.js"), page: "linked", who: "member" },
  "/dev/mailbox": { load: () => import("./mailbox.js"), page: "mailbox" },
};

const CHOICE = "auth:server";
const KEPT_EXCHANGES = 8;
const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** The state that pages work with. */
const app = {
  site, go, tell, choose, nextPath,
  server: "",
  client: createClient(location.origin),
  /** @type {import("./client.js").Strategy | null} */
  strategy: null,
  /** What a visit to a provider ended with. @type {{error: string, provider: string} | null} */
  arrival: null,
  /** The latest first. @type {(import("./client.js").Exchange & {signedIn: boolean})[]} */
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
  const choice = localStorage.getItem(CHOICE);
  return choice && site.servers.includes(choice) ? choice : (site.servers[0] ?? location.origin);
}

/** Moves the pages to another server and stays on the same page. */
async function choose(/** @type {string} */ origin) {
  localStorage.setItem(CHOICE, origin);
  await connect();
  await show({ announce: false });
}

/** Talks to the chosen server from now on. */
async function connect() {
  app.client.close();
  app.server = chosen();
  app.client = createClient(app.server + site.basePath);
  app.strategy = null;
  app.exchanges = [];
  app.client.on("exchange", (exchange) => {
    const marked = { ...exchange, signedIn: app.client.mayBeSignedIn };
    app.exchanges = [marked, ...app.exchanges].slice(0, KEPT_EXCHANGES);
    panelChanged();
  });
  app.strategy = await app.client.strategy().catch(() => null);
  if (!app.strategy) return;
  app.arrival = await app.client.arrive().catch((error) => ({ error: error.code ?? "provider_failed", provider: "" }));
  await app.client.resume().catch(() => null);
  app.client.on("change", changed);
}

/** Somebody signed in or out, maybe in another tab. */
function changed(/** @type {import("./client.js").Change} */ { user, reason }) {
  const who = ROUTES[location.pathname]?.who;
  frame();
  if (reason === "updated") return;
  if (!user && who === "member") {
    const next = encodeURIComponent(location.pathname + location.search);
    go(reason === "expired" ? `/sign-in?ended=1&next=${next}` : "/sign-in", { replace: true });
  } else if (location.pathname === "/") show({ announce: false });
  else if (user && who === "guest") go(nextPath(), { replace: true });
}

/** Where to go after signing in: only ever to a page of this site. */
function nextPath(fallback = "/") {
  const next = new URLSearchParams(location.search).get("next") ?? fallback;
  const url = new URL(next, location.origin);
  return next.startsWith("/") && url.origin === location.origin ? url.pathname + url.search : fallback;
}

/** Shows another page. */
function go(/** @type {string} */ path, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  return show();
}

let showing = 0;
let shown = "";

/** Shows the page of the present address. */
async function show({ announce = true } = {}) {
  showing += 1;
  const turn = showing;
  const main = byId("main");
  const route = ROUTES[location.pathname] ?? ROUTES["/"];
  if (app.strategy && route.who === "member" && !app.user) {
    const next = encodeURIComponent(location.pathname + location.search);
    return go(`/sign-in?next=${next}`, { replace: true });
  }
  if (app.strategy && route.who === "guest" && app.user) return go(nextPath(), { replace: true });
  main.setAttribute("aria-busy", "true");
  const { title, body, wide, shown: onShown } = await content(route);
  if (turn !== showing) return undefined;
  shown = location.pathname + location.search;
  main.removeAttribute("aria-busy");
  document.title = title === site.name ? title : `${title} · ${site.name}`;
  const heading = h("h1", { tabindex: "-1" }, title);
  main.className = wide ? "wide" : "narrow";
  main.replaceChildren(heading, ...[body].flat());
  frame();
  if (announce) {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  onShown?.();
  return undefined;
}

async function content(/** @type {typeof ROUTES[string]} */ route) {
  if (!app.strategy) return unreachable();
  try {
    return await (await route.load())[route.page](app);
  } catch (error) {
    return { title: "That did not work", body: [notice("bad", inWords(error)), button("Try again", () => show(), "primary")] };
  }
}

function unreachable() {
  const retry = async () => {
    await connect();
    await show();
  };
  const body = [
    h("p", {}, "There is no answer from ", h("strong", { class: "url" }, app.server), ". It may not be running, or it may not trust the origin of this page."),
    h("div", { class: "actions" }, button("Try again", retry, "primary"), button("Choose another server", openSwitch)),
  ];
  return { title: "The server can’t be reached", body };
}

/** Says something to people who can't see that it changed. */
function tell(/** @type {string} */ text) {
  byId("live").textContent = "";
  setTimeout(() => (byId("live").textContent = text), 50);
}

/** Header, navigation and footer as they should be now. */
function frame() {
  byId("bar-end").replaceChildren(switchButton());
  byId("nav").replaceChildren(h("ul", {}, links().map(([label, path]) => h("li", {}, navLink(label, path))), app.user ? h("li", { class: "end" }, signOutButton()) : null));
  if (!byId("foot").firstChild) byId("foot").append(panel(), footLinks());
  panelChanged();
}

function links() {
  if (!app.user) return [["Home", "/"], ["Sign in", "/sign-in"], ["Create account", "/sign-up"]];
  const linked = app.strategy?.providers.length ? [["Linked accounts", "/linked"]] : [];
  return [["Overview", "/"], ["Profile", "/profile"], ["Security", "/security"], ["Devices", "/devices"], ...linked];
}

function navLink(/** @type {string} */ label, /** @type {string} */ path) {
  return h("a", { href: path, "aria-current": location.pathname === path ? "page" : null }, label);
}

function signOutButton() {
  const out = async () => {
    await app.client.signOut().catch((error) => tell(inWords(error)));
    if (!app.user) tell("You are signed out.");
  };
  return h("button", { type: "button", class: "link", onclick: out }, "Sign out");
}

function switchButton() {
  const { strategy } = app;
  const name = strategy ? `${strategy.strategy} · ${strategy.token_type === "Bearer" ? "bearer token" : "cookie"}` : "no answer";
  return h("button", { type: "button", class: "switch", "aria-haspopup": "dialog", onclick: openSwitch },
    h("span", { class: strategy ? "dot on" : "dot", "aria-hidden": "true" }), h("span", { class: "quiet" }, "Server: "), name);
}

async function openSwitch() {
  const { openServers } = await import("./servers.js");
  openServers(app);
}

function footLinks() {
  return h("p", { class: "foot-links" },
    site.mailbox ? h("a", { href: "/dev/mailbox" }, "Development mailbox") : null,
    h("a", { href: "/docs/" }, "API description"), h("a", { href: "/client.js" }, "client.js"));
}

/** What just happened between this page and the server. */
function panel() {
  return h("details", { id: "panel", ontoggle: panelChanged }, h("summary", {}, h("span", {}, "What just happened"), h("span", { class: "latest", id: "latest" })), h("div", { id: "panel-body" }));
}

async function panelChanged() {
  const open = document.getElementById("panel");
  const [latest] = app.exchanges;
  if (!open) return;
  byId("latest").textContent = latest ? `${latest.method} ${new URL(latest.url).pathname} → ${latest.status || "no answer"}` : "";
  if (!(/** @type {HTMLDetailsElement} */ (open).open)) return;
  const { exchanges } = await import("./panel.js");
  byId("panel-body").replaceChildren(...exchanges(app));
}

/** Back and forward; a jump within a page moves nowhere, unless it brings a token. */
function moved() {
  const address = location.pathname + location.search;
  if (address !== shown || location.hash.includes("=")) show();
}

/** Links between the pages need no reload. */
function followed(/** @type {MouseEvent} */ event) {
  const link = /** @type {HTMLElement} */ (event.target).closest?.("a");
  const other = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || other || event.defaultPrevented || link.target || link.origin !== location.origin) return;
  if (!(link.pathname in ROUTES) || (link.hash && link.pathname === location.pathname)) return;
  event.preventDefault();
  go(link.pathname + link.search + link.hash);
}

addEventListener("popstate", moved);
addEventListener("click", followed);
connect().then(() => show({ announce: false }));
