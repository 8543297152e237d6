/** The frame of the console: who is signed in, what they may do, which page. */

import { createClient } from "../client.js";
import { byId, follow, moveTo, navLink, nextPath, present, speak, tell } from "../frame.js";
import { button, h, inWords, notice, problemPlace, refused, rules, run } from "../ui.js";
import { t } from "../words.js";
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

const here = () => ROUTES[location.pathname] ?? ROUTES["/"];

/** The state that pages work with. */
const app = {
  site, go, show, tell, nextPath,
  client: createClient(location.origin + site.basePath),
  admin: adminClient(() => app),
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
    if (speak(app.user, site.languages)) return;
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
  if (speak(user, site.languages)) return undefined;
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

/** Shows another page. */
function go(path, { replace = false } = {}) {
  moveTo(path, replace);
  return show();
}

/** Shows the page of the present address. */
async function show({ announce = true } = {}) {
  const route = here();
  if (!app.problem && !route.who && !app.user) return go(signInPath(false), { replace: true });
  if (!app.problem && route.who === "guest" && app.user) return go(nextPath(), { replace: true });
  const titled = (title) => `${title} · ${t("console.of", { service: site.name })}`;
  return present(() => content(route), { app, announce, titled, draw: frame });
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

/** Header and navigation as they should be now. */
function frame() {
  byId("bar-end").replaceChildren(h("span", { class: "badge" }, t("console.console")));
  const open = LINKS.filter(([path]) => ROUTES[path].may.some(app.may));
  const items = open.map(([path, key]) => h("li", {}, navLink(t(key), path, isOn(path))));
  byId("nav").replaceChildren(h("ul", {}, items, app.user ? h("li", { class: "end" }, signOutButton()) : null));
}

/** Whether the present page is this one; a person is one of the people. */
function isOn(path) {
  return path === location.pathname || (path === "/people" && location.pathname === "/person");
}

function signOutButton() {
  const out = async () => {
    await app.client.signOut();
    tell(t("app.signed_out"));
  };
  return h("button", { type: "button", class: "link", onclick: (event) => run(event.currentTarget, out) }, t("nav.sign_out"));
}

follow({ app, routes: ROUTES, go, show });
connect().then(() => {
  app.client.on("change", changed);
  return show({ announce: false });
});
