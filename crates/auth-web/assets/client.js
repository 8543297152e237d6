/**
 * The client of the contract: the same calls for every strategy.
 *
 *     import { createClient } from "https://accounts.example.org/client.js";
 *     const auth = createClient("https://accounts.example.org/api/auth");
 *     auth.on("change", ({ user }) => show(user));
 *     await auth.resume();                       // after a reload
 *     await auth.signIn({ identifier, password });
 *     await auth.fetch("/orders");               // with the credential, refreshed when needed
 *     await auth.signOut();
 *
 * Access tokens live in memory only. A refresh token or session lives in an HttpOnly cookie
 * that scripts can't read. All tabs share one refresh, one sign-in and one sign-out.
 *
 * @module
 */

/** @typedef {{id: string, first_name: string, last_name: string, username: string, email: string, email_verified: boolean, has_password: boolean, created_at: string}} User */
/** @typedef {{id: string, created_at: string, last_seen_at: string, expires_at: string, user_agent: string, ip: string, current: boolean}} Session */
/** @typedef {{user: User, session: Session, token_type: string, expires_in: number, access_token?: string}} Grant */
/** @typedef {{id: string, provider: string, email: string, linked_at: string}} Identity */
/** @typedef {{min_length: number, max_length: number}} PasswordRules */
/** @typedef {{revocation: string, store_reads_per_request: number}} Guarantees */
/** @typedef {{strategy: string, token_type: string, verification: string, password: PasswordRules, providers: {id: string, name: string}[], guarantees: Guarantees}} Strategy */
/** @typedef {{field: string, code: string, detail: string}} FieldProblem */
/** @typedef {{first_name: string, last_name: string, username: string, email: string, password: string}} Registration */
/** @typedef {Partial<{first_name: string, last_name: string, username: string, email: string, current_password: string}>} ProfilePatch */
/** @typedef {{value: string, until: number}} Token an access token and when to renew it, in ms since 1970 */
/** @typedef {{user: User | null, reason: "signed-in" | "signed-out" | "expired" | "updated"}} Change */
/** @typedef {{method: string, url: string, status: number, ms: number, sent: Record<string, string>, received: Record<string, string>}} Exchange a request and its answer, secrets masked */

/** The notes a client keeps in localStorage: somebody signed in, or left for a provider to do so. */
const [HERE, AWAY] = ["signed in", "away"];

/** Stands in a lock's name before the time until when its tab has a fresh token. */
const UNTIL = " until ";

/** How long a busy tab may take to hand over its token, in ms. */
const PATIENCE = 1000;

/** An error the server answered with, or `unreachable` when there was no answer. */
export class AuthError extends Error {
  /**
   * @param {{status: number, code: string, detail: string, errors?: FieldProblem[], request_id?: string, retryAfter?: number}} problem
   */
  constructor(problem) {
    super(problem.detail);
    this.name = "AuthError";
    /** The HTTP status; 0 without an answer. */
    this.status = problem.status;
    /** One of the contract's closed list: what to switch on. */
    this.code = problem.code;
    /** One entry for each field that breaks a rule. */
    this.errors = problem.errors ?? [];
    /** Ties the error to the server's log. */
    this.requestId = problem.request_id;
    /** Seconds to wait before trying again, if the server said so. */
    this.retryAfter = problem.retryAfter;
  }
}

/**
 * @param {string} baseUrl where the contract hangs, such as `https://accounts.example.org/api/auth`
 */
export function createClient(baseUrl) {
  return new AuthClient(baseUrl);
}

/** One server, as one tab sees it. Made by {@link createClient}. */
export class AuthClient {
  /** @type {Token | null} */
  #token = null;
  /** @type {User | null} */
  #user = null;
  /** @type {Promise<Strategy> | undefined} */
  #strategy;
  /** @type {Promise<void> | undefined} */
  #refreshing;
  /** Grows with every sign-in and sign-out, so that a late answer can't undo one. */
  #epoch = 0;
  /** @type {BroadcastChannel | undefined} */
  #channel;
  #events = new EventTarget();
  /** Ends the lock of {@link AuthClient.#show}. */
  #hide = () => {};
  #key;

  /** @param {string} baseUrl */
  constructor(baseUrl) {
    /** Where the contract hangs, without a slash at its end. */
    this.baseUrl = new URL(baseUrl, location.href).href.replace(/\/+$/, "");
    this.#key = `auth:${this.baseUrl}`;
    if ("BroadcastChannel" in globalThis) {
      this.#channel = new BroadcastChannel(this.#key);
      this.#channel.onmessage = (event) => this.#hear(event.data);
    }
    addEventListener("storage", this.#onStorage);
  }

  /** Lets go of what the client listens to. */
  close() {
    this.#events = new EventTarget();
    this.#hide();
    this.#channel?.close();
    removeEventListener("storage", this.#onStorage);
  }

  /** Who is signed in, as far as this tab knows. */
  get user() {
    return this.#user;
  }

  /** Whether somebody signed in here and did not sign out since; they may have expired. */
  get mayBeSignedIn() {
    return localStorage.getItem(this.#key) !== null;
  }

  /**
   * Listens: `change` when somebody signs in or out in any tab, `exchange` after every request.
   *
   * @template {"change" | "exchange"} T
   * @param {T} type
   * @param {(detail: T extends "change" ? Change : Exchange) => void} listener
   * @returns {() => void} stops listening
   */
  on(type, listener) {
    const hear = (/** @type {Event} */ event) => listener(/** @type {CustomEvent} */ (event).detail);
    this.#events.addEventListener(type, hear);
    return () => this.#events.removeEventListener(type, hear);
  }

  /**
   * What the server is and promises; asked once.
   *
   * @returns {Promise<Strategy>}
   */
  strategy() {
    this.#strategy ??= this.#open("GET", "strategy").catch((error) => {
      this.#strategy = undefined;
      throw error;
    });
    return this.#strategy;
  }

  /**
   * Brings a person back after a reload; asks the server only if somebody signed in here.
   *
   * @returns {Promise<User | null>}
   */
  async resume() {
    if (!this.mayBeSignedIn) return null;
    try {
      await this.#freshen();
      return this.#user ?? (await this.profile());
    } catch (error) {
      if (error instanceof AuthError && error.status === 401) return null;
      throw error;
    }
  }

  /**
   * @param {Registration} registration
   * @returns {Promise<{user?: User, status?: string}>} `status` when the address has to be confirmed first
   */
  register(registration) {
    return this.#open("POST", "register", registration);
  }

  /**
   * Confirms an address with the token of a mailed link, and signs in. `invalid_credentials` when the password
   * chosen at the sign-up, or the account's, is missing or wrong.
   *
   * @param {string} token
   * @param {string} [password] may be left out by who is signed in to the account
   * @returns {Promise<User>}
   */
  async verify(token, password) {
    await this.#freshen().catch(() => null);
    const proof = password === undefined ? {} : { password };
    const grant = await this.#open("POST", "verify", { token, ...proof, refresh: "cookie" });
    return this.#accept(grant, "signed-in");
  }

  /** @param {string} email */
  async resendVerification(email) {
    await this.#open("POST", "verify/resend", { email });
  }

  /**
   * @param {{identifier: string, password: string, remember?: boolean}} credentials
   * @returns {Promise<User>}
   */
  async signIn(credentials) {
    const grant = await this.#open("POST", "login", { ...credentials, refresh: "cookie" });
    return this.#accept(grant, "signed-in");
  }

  /** Signs this browser out, every tab of it. */
  async signOut() {
    try {
      await this.call("POST", "logout");
    } catch (error) {
      if (!(error instanceof AuthError && error.status === 401)) throw error;
    }
    this.#forget("signed-out");
  }

  /** Renews the credential; one request however many ask, in all tabs. */
  refresh() {
    const stale = this.#token;
    this.#refreshing ??= this.#alone(() => this.#renew(stale)).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** @returns {Promise<User>} */
  async profile() {
    const user = await this.call("GET", "profile");
    this.#know(user);
    return user;
  }

  /**
   * A new address needs `current_password` and changes nothing until it is confirmed.
   *
   * @param {ProfilePatch} patch
   * @returns {Promise<User>}
   */
  async changeProfile(patch) {
    const user = await this.call("PATCH", "profile", patch);
    this.#know(user);
    return user;
  }

  /** @param {{current_password?: string}} proof */
  async deleteAccount(proof) {
    await this.call("DELETE", "profile", proof);
    this.#forget("signed-out");
  }

  /**
   * Every other device is signed out.
   *
   * @param {{current_password: string, new_password: string}} passwords
   * @returns {Promise<User>}
   */
  async changePassword(passwords) {
    const grant = await this.call("POST", "password/change", { ...passwords, refresh: "cookie" });
    return this.#accept(grant, "updated");
  }

  /** @param {string} email */
  async forgotPassword(email) {
    await this.#open("POST", "password/forgot", { email });
  }

  /**
   * @param {string} token the token of a mailed link
   * @param {string} password the new one
   */
  async resetPassword(token, password) {
    await this.#open("POST", "password/reset", { token, password });
  }

  /** @returns {Promise<Session[]>} */
  async sessions() {
    return (await this.call("GET", "sessions")).sessions;
  }

  /** @param {string} id */
  async revokeSession(id) {
    await this.call("DELETE", `sessions/${encodeURIComponent(id)}`);
  }

  /** @returns {Promise<number>} how many devices were signed out */
  async revokeOtherSessions() {
    return (await this.call("DELETE", "sessions")).revoked;
  }

  /** @returns {Promise<Identity[]>} */
  async identities() {
    return (await this.call("GET", "identities")).identities;
  }

  /** @param {string} id */
  async unlink(id) {
    await this.call("DELETE", `identities/${encodeURIComponent(id)}`);
  }

  /**
   * Where to go to link a provider to the signed-in user.
   *
   * @param {string} provider
   * @param {{return_to: string, current_password?: string}} request
   * @returns {Promise<string>}
   */
  async linkUrl(provider, request) {
    const path = `oauth/${encodeURIComponent(provider)}/link`;
    return (await this.call("POST", path, request)).url;
  }

  /**
   * Leaves for a provider's sign-in; it comes back to `returnTo`, where {@link arrive} goes on.
   *
   * @param {string} provider
   * @param {string} returnTo an absolute URL
   * @param {{prompt?: "login"}} [options] `login` has the person prove themselves anew
   */
  leaveFor(provider, returnTo, options = {}) {
    const query = new URLSearchParams({ return_to: returnTo, ...options });
    if (!this.mayBeSignedIn) localStorage.setItem(this.#key, AWAY);
    location.assign(`${this.baseUrl}/oauth/${encodeURIComponent(provider)}/start?${query}`);
  }

  /**
   * Ends a visit to a provider: takes what came back in the fragment out of the address.
   *
   * @returns {Promise<{error: string, provider: string} | null>} what went wrong there
   */
  async arrive() {
    const fragment = new URLSearchParams(location.hash.slice(1));
    const [code, error] = [fragment.get("code"), fragment.get("error")];
    if (code === null && error === null) return null;
    history.replaceState(history.state, "", location.pathname + location.search);
    if (localStorage.getItem(this.#key) === AWAY) localStorage.removeItem(this.#key);
    if (error !== null) return { error, provider: fragment.get("provider") ?? "" };
    const grant = await this.#open("POST", "oauth/exchange", { code, refresh: "cookie" });
    await this.#accept(grant, "signed-in");
    return null;
  }

  /** What the access token says, without its signature; null where there is none. */
  claims() {
    if (!this.#token) return null;
    const [header = "", payload = ""] = this.#token.value.split(".");
    return { header: decode(header), payload: decode(payload) };
  }

  /**
   * Calls a route of the contract as the signed-in user.
   *
   * @param {string} method
   * @param {string} path below the base URL
   * @param {object} [body] sent as JSON
   * @returns {Promise<any>}
   */
  async call(method, path, body) {
    return answer(await this.fetch(path, withBody(method, body)));
  }

  /**
   * Like the global `fetch`, with the credential. Refreshes ahead of time, and once after a 401.
   *
   * @param {string} path below the base URL, or from the root of its host when it starts with `/`
   * @param {RequestInit} [init]
   */
  async fetch(path, init = {}) {
    await this.#freshen();
    const used = this.#token;
    const response = await this.#send(path, init);
    if (response.status !== 401) return response;
    if (used && (await this.#recovered(used))) return this.#send(path, init);
    this.#forget("expired");
    return response;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  async #open(method, path, body) {
    return answer(await this.#send(path, withBody(method, body)));
  }

  /**
   * @param {string} path
   * @param {RequestInit} init
   */
  async #send(path, init) {
    const url = new URL(path, `${this.baseUrl}/`);
    if (url.origin !== new URL(this.baseUrl).origin) throw new TypeError("a credential is for its own server only");
    const headers = new Headers(init.headers);
    headers.set("Accept", "application/json");
    if (this.#token) headers.set("Authorization", `Bearer ${this.#token.value}`);
    const started = performance.now();
    const response = await fetch(url, { ...init, headers, credentials: "include" }).catch(() => undefined);
    const [method, ms] = [init.method ?? "GET", performance.now() - started];
    const [sent, received] = [visible(headers), response ? visible(response.headers) : {}];
    this.#emit("exchange", { method, url: url.href, status: response?.status ?? 0, ms, sent, received });
    if (response) return response;
    const detail = "The server can't be reached. Is it running?";
    throw new AuthError({ status: 0, code: "unreachable", detail });
  }

  async #freshen() {
    if (!this.mayBeSignedIn || !(await this.#isBearer())) return;
    if (!isFresh(this.#token)) await this.refresh();
  }

  async #isBearer() {
    return (await this.strategy()).token_type === "Bearer";
  }

  /** @param {Token} used the token that was refused */
  async #recovered(used) {
    if (this.#token && this.#token !== used) return true;
    return this.refresh().then(
      () => true,
      (error) => {
        if (error instanceof AuthError && error.status === 401) return false;
        throw error;
      },
    );
  }

  /**
   * Runs work that only one tab may do at a time.
   *
   * @param {() => Promise<void>} work
   */
  async #alone(work) {
    await ("locks" in navigator ? navigator.locks.request(this.#key, work) : work());
  }

  /** @param {Token | null} stale */
  async #renew(stale) {
    const epoch = this.#epoch;
    if ((await this.#borrowed(stale)) || epoch !== this.#epoch) return;
    const response = await this.#send("refresh", { method: "POST" });
    if (epoch !== this.#epoch) return;
    if (response.status === 401) this.#forget("expired");
    await this.#accept(await answer(response), "updated");
  }

  /**
   * Whether another tab handed over its token; it is asked for it if its message is still under way.
   *
   * @param {Token | null} stale
   */
  async #borrowed(stale) {
    const has = () => this.#token?.value !== stale?.value && isFresh(this.#token);
    if (has() || !(await this.#seesFresher(stale))) return has();
    const [epoch, until] = [this.#epoch, Date.now() + PATIENCE];
    this.#say({ type: "ask" });
    while (!has() && epoch === this.#epoch && Date.now() < until) await new Promise((done) => setTimeout(done, 20));
    return has();
  }

  /**
   * Shows the other tabs until when the token of this one is fresh, by the name of a lock. Locks keep
   * an order that messages don't: who is next to refresh sees it. It ends with this tab.
   */
  async #show() {
    this.#hide();
    const until = this.#token?.until;
    if (until === undefined || !("locks" in navigator)) return;
    await new Promise((/** @type {(shown?: undefined) => void} */ shown) => {
      const hold = async () => {
        shown();
        if (this.#token?.until !== until) return;
        await new Promise((/** @type {(hidden?: undefined) => void} */ hide) => (this.#hide = hide));
      };
      navigator.locks.request(this.#key + UNTIL + until, { mode: "shared" }, hold);
    });
  }

  /**
   * Whether another tab shows a token that is fresh for longer than this one.
   *
   * @param {Token | null} stale
   */
  async #seesFresher(stale) {
    if (!("locks" in navigator)) return false;
    const { held = [] } = await navigator.locks.query();
    const start = this.#key + UNTIL;
    const shown = held.map(({ name = "" }) => (name.startsWith(start) ? Number(name.slice(start.length)) : 0));
    return Math.max(0, ...shown) > Math.max(Date.now(), stale?.until ?? 0);
  }

  /**
   * @param {Grant} grant
   * @param {"signed-in" | "updated"} reason
   */
  async #accept(grant, reason) {
    if (reason === "signed-in") this.#epoch += 1;
    this.#token = grant.access_token ? token(grant.access_token, grant.expires_in) : null;
    this.#know(grant.user, reason);
    this.#say({ type: "granted", token: this.#token, user: grant.user });
    await this.#show();
    return grant.user;
  }

  /**
   * @param {User} user
   * @param {"signed-in" | "updated"} [reason]
   */
  #know(user, reason = "updated") {
    this.#mark();
    const known = JSON.stringify(this.#user) === JSON.stringify(user);
    this.#user = user;
    if (!known) this.#emit("change", { user, reason });
  }

  /**
   * @param {"signed-out" | "expired"} reason
   * @param {boolean} [here] whether this tab is the first to know
   */
  #forget(reason, here = true) {
    const had = this.#user !== null || this.#token !== null;
    this.#epoch += 1;
    this.#hide();
    this.#token = null;
    this.#user = null;
    localStorage.removeItem(this.#key);
    if (here) this.#say({ type: "gone", reason });
    if (had) this.#emit("change", { user: null, reason });
  }

  /** Notes, without any secret, that it is worth asking who is signed in. */
  #mark() {
    localStorage.setItem(this.#key, HERE);
  }

  /** @param {object} message */
  #say(message) {
    this.#channel?.postMessage(message);
  }

  /** @param {{type: string, token?: Token | null, user?: User, reason?: "signed-out" | "expired"}} message from another tab */
  #hear(message) {
    if (message.type === "ask" && this.#user && isFresh(this.#token)) {
      this.#say({ type: "granted", token: this.#token, user: this.#user });
    }
    if (message.type === "granted" && message.user) {
      if (this.#user?.id !== message.user.id) this.#epoch += 1;
      this.#token = message.token ?? null;
      this.#know(message.user, this.#user ? "updated" : "signed-in");
    }
    if (message.type === "gone") this.#forget(message.reason ?? "signed-out", false);
  }

  /** Tells of a sign-out where there is no BroadcastChannel. */
  #onStorage = (/** @type {StorageEvent} */ event) => {
    const cleared = event.key === null || (event.key === this.#key && event.newValue === null);
    if (cleared) this.#forget("signed-out", false);
  };

  /**
   * @param {"change" | "exchange"} type
   * @param {Change | Exchange} detail
   */
  #emit(type, detail) {
    this.#events.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/**
 * @param {string} value
 * @param {number} lifetime in seconds
 * @returns {Token}
 */
function token(value, lifetime) {
  const early = Math.min(10, lifetime / 5);
  return { value, until: Date.now() + (lifetime - early) * 1000 };
}

/** @param {Token | null} token */
function isFresh(token) {
  return token !== null && Date.now() < token.until;
}

/**
 * @param {string} method
 * @param {object} [body]
 * @returns {RequestInit}
 */
function withBody(method, body) {
  if (body === undefined) return { method };
  return { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/**
 * The body of an answer, or the problem in it (RFC 9457).
 *
 * @param {Response} response
 * @returns {Promise<any>}
 */
async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const { code = "unreadable", detail = "The server answered with something unexpected.", errors, request_id } = body;
  const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  throw new AuthError({ status: response.status, code, detail, errors, request_id, retryAfter });
}

/**
 * Headers as they may be shown.
 *
 * @param {Headers} headers
 * @returns {Record<string, string>}
 */
function visible(headers) {
  const mask = (/** @type {string} */ value) => value.replace(/^(Bearer .{6}).*$/, "$1… (masked)");
  return Object.fromEntries([...headers].map(([name, value]) => [name, mask(value)]));
}

/**
 * @param {string} part base64url of JSON (RFC 7515)
 * @returns {unknown}
 */
function decode(part) {
  const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
}
