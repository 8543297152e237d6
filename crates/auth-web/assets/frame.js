/** What the frames of all pages do: move between addresses, show one page at a time, wake up again. */

import { h } from "./ui.js";
import { language } from "./words.js";

/** How long a tab may be out of sight and still know who is signed in, in ms. */
const SLEEP = 30_000;

export const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Where to go after signing in: only ever to a page of this site. */
export function nextPath(fallback = "/") {
  const next = new URLSearchParams(location.search).get("next") ?? fallback;
  const url = new URL(next, location.origin);
  return next.startsWith("/") && url.origin === location.origin ? url.pathname + url.search : fallback;
}

/**
 * Has the document in the language that somebody has set for their account, and says whether it is loaded anew for
 * that. The server is told by a cookie, since it chooses the language of the next document.
 */
export function speak(/** @type {any} */ user, /** @type {string[]} */ languages) {
  const told = () => document.cookie.match(/(?:^|; )language=([^;]*)/)?.[1] ?? "";
  const set = user?.language ?? "";
  const wanted = [set, set.split("-")[0]].find((one) => languages.includes(one)) ?? "";
  if (!user || wanted === told()) return false;
  document.cookie = `language=${wanted}; path=/; samesite=lax; max-age=${wanted ? 31_536_000 : 0}`;
  // Where no cookie is kept, another document would be no different.
  if (wanted !== told() || wanted === language) return false;
  location.reload();
  return true;
}

/** Says something to people who can't see that it changed. */
export function tell(/** @type {string} */ text) {
  byId("live").textContent = "";
  setTimeout(() => (byId("live").textContent = text), 50);
}

export function navLink(/** @type {string} */ label, /** @type {string} */ path, isCurrent = location.pathname === path) {
  return h("a", { href: path, "aria-current": isCurrent ? "page" : null }, label);
}

/** Has this address; what is there is still to be shown. */
export function moveTo(/** @type {string} */ path, replace = false) {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
}

let showing = 0;
let shown = "";
/** Ends what goes on beside the present page. */
let end = () => {};

/**
 * Puts a page in the place of the present one, unless another is asked for meanwhile, and says whether it did.
 * `titled` makes the document's title, `draw` brings what is around the page up to date.
 */
export async function present(/** @type {() => Promise<any>} */ content, /** @type {any} */ { app, announce, titled, draw }) {
  showing += 1;
  const turn = showing;
  const main = byId("main");
  main.setAttribute("aria-busy", "true");
  // What is on its way out takes no second press.
  main.inert = true;
  const { title, body, wide, shown: onShown, gone = () => {} } = await content();
  if (turn !== showing) {
    gone();
    return false;
  }
  end();
  end = gone;
  shown = location.pathname + location.search;
  main.removeAttribute("aria-busy");
  main.inert = false;
  document.title = titled(title);
  const heading = h("h1", { tabindex: "-1" }, title);
  main.className = wide ? "wide" : "narrow";
  main.replaceChildren(heading, ...[app.news ?? [], body].flat().filter(Boolean));
  app.news = null;
  draw();
  if (announce) {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  onShown?.();
  return true;
}

/**
 * Shows the page of each address that links, back and forward lead to, and asks who is signed in when the tab was
 * out of sight for long. `woke` is asked first when it comes into sight, and says whether that was all.
 */
export function follow(/** @type {any} */ { app, routes, go, show, woke = () => false }) {
  let hiddenAt = Infinity;
  // A jump within a page moves nowhere, unless it brings a token.
  addEventListener("popstate", () => {
    if (location.pathname + location.search !== shown || location.hash.includes("=")) show();
  });
  addEventListener("click", (event) => {
    const link = ownLink(event);
    if (!link || !(link.pathname in routes) || (link.hash && link.pathname === location.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search + link.hash);
  });
  addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = Date.now();
    // A tab that was out of sight may have missed a sign-in or a session's end.
    else if (!woke() && Date.now() - hiddenAt > SLEEP) app.client.check().catch(() => null);
  });
  // Nothing of somebody's account is left behind for whoever comes back to this page by a key.
  addEventListener("pagehide", () => {
    if (app.user) byId("main").hidden = true;
  });
  addEventListener("pageshow", async (event) => {
    if (!event.persisted) return;
    await app.client.check().catch((/** @type {unknown} */ error) => (app.problem = error));
    await show({ announce: false });
    byId("main").hidden = false;
  });
}

/** The link to a page of this site that was pressed without asking for more than that. */
function ownLink(/** @type {MouseEvent} */ event) {
  const link = /** @type {HTMLElement} */ (event.target).closest?.("a");
  const other = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  const isElsewhere = !link || link.target || link.origin !== location.origin || link.hasAttribute("download");
  return other || event.defaultPrevented || isElsewhere ? null : link;
}
