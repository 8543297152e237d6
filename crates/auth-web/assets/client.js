/**
 * The client of the contract: the same calls for every strategy.
 *
 *     import { createClient } from "https://accounts.example.org/client.js";
 *     const auth = createClient("https://accounts.example.org/api/auth");
 *     auth.on("change", ({ user }) => show(user));
 *     await auth.resume();                       // after a reload
 *     await auth.signIn({ identifier, password });   // throws `pending` where it takes one more step
 *     await auth.fetch("/orders");               // with the credential, refreshed when needed
 *     await auth.signOut();
 *
 * Outside of a page (Node, workers) each client stands for itself and begins with nobody signed
 * in: it keeps nothing beyond its own life, and neither hears nor tells other clients anything.
 *
 * Access tokens live in memory only. A refresh token or session lives in an HttpOnly cookie
 * that scripts can't read. All tabs share one refresh, one sign-in and one sign-out. Every
 * write names the user it is meant for (`If-User`), so that a tab that missed a sign-in acts
 * on nobody else's account: the server answers 412 `user_changed`.
 *
 * @module
 */

/** @typedef {{id: string, first_name: string, last_name: string, username: string, email: string, email_verified: boolean, has_password: boolean, created_at: string, language?: string}} User */
/** @typedef {{id: string, created_at: string, last_seen_at: string, expires_at: string, user_agent: string, ip: string, current: boolean}} Session */
/** @typedef {{id: string, at: string, event: string, outcome: string, by: string, ip: ?string, user_agent: ?string, session_id: ?string}} SecurityEvent `by` is `you`, `operator` or `unknown` */
/** @typedef {{events: SecurityEvent[], next?: string}} History `next` is there when more can be asked for */
/** @typedef {{user: User, session: Session, token_type: string, expires_in: number, access_token?: string, recovery_codes?: string[]}} Grant */
/** @typedef {{id: string, methods: string[], expires_in: number}} Pending a sign-in that takes one more step; one of `methods` ends it, within `expires_in` seconds */
/** @typedef {{method: string, code?: string, credential?: object}} Shown what ends a step: the `code`, or for `passkey` the `credential` that {@link askForPasskey} gives */
/** @typedef {{trust_device?: boolean, remember?: boolean}} StepOptions `trust_device`: not to ask this device again for a while */
/** @typedef {{user: User, recovery_codes: string[]}} Finished `recovery_codes` are there when the step added an authenticator app, and are shown this once */
/** @typedef {{secret: string, uri: string, qr: string}} Seed of an authenticator app: to type, as a link, and as a QR code, an SVG image */
/** @typedef {{id: string, kind: string, name: string, created_at: string, last_used_at?: string}} Factor an authenticator app (`totp`) or a `passkey` */
/** @typedef {{factors: Factor[], recovery_codes: number, required: boolean, grace_until?: string, removed_at?: string}} Factors what an account has, and how many recovery codes are left */
/** @typedef {{factor: Factor, recovery_codes: string[]}} Added `recovery_codes` are there when it is the first, and are shown this once */
/** @typedef {{current_password?: string}} Proof */
/** @typedef {{second_factor: string, methods: string[], passwordless: string[], trusted_device_days: number}} FactorRules what can be added, and what signs in without a password */
/** @typedef {{id: string, provider: string, email: string, linked_at: string}} Identity */
/** @typedef {{min_length: number, max_length: number}} PasswordRules */
/** @typedef {{revocation: string, store_reads_per_request: number}} Guarantees */
/** @typedef {{accepts: string[], percent: number, until?: string}} Bridge which other credentials a server honours while its clients change over to its own */
/** @typedef {{strategy: string, format: string, transport: string, token_type: string, verification: string, password: PasswordRules, providers: {id: string, name: string}[], guarantees: Guarantees, bridge?: Bridge, factors?: FactorRules}} Strategy */
/** @typedef {{field: string, code: string, detail: string}} FieldProblem */
/** @typedef {{first_name: string, last_name: string, username: string, email: string, password: string}} Registration */
/** @typedef {Partial<{first_name: string, last_name: string, username: string, language: string, email: string, current_password: string}>} ProfilePatch */
/** @typedef {{value: string, until: number}} Token an access token and when to renew it, in ms since 1970 */
/** @typedef {{user: User | null, was: User | null, reason: "signed-in" | "signed-out" | "expired" | "updated"}} Change who is signed in now, and who was; another user is a sign-out and then a sign-in */
/** @typedef {{timeout?: number, apis?: string[]}} Options `timeout`: how long an answer may take, in ms, 15 s when nothing is said; `apis`: what else may be sent the credential, see {@link AuthClient.fetch} */
/** @typedef {{method: string, url: string, status: number, ms: number, sent: Record<string, string>, received: Record<string, string>}} Exchange a request and its answer, secrets masked */

/** What a client notes in localStorage: the id of who signed in, or that somebody left for a provider to do so. */
const AWAY = "away";

/** Methods that change nothing (RFC 9110, 9.2.1). */
const SAFE = ["GET", "HEAD", "OPTIONS"];

/** Stands in a lock's name before the time until when its tab has a fresh token. */
const UNTIL = " until ";

/** How long a busy tab may take to hand over its token, in ms. */
const PATIENCE = 1000;

/** How long a server may take to answer when nobody said otherwise, in ms. */
const TIMEOUT = 15_000;

/** How long after it was asked in vain for a credential of its own kind the server is not asked again, in ms. */
const PAUSE = 30_000;

/** Whether one person is in front of all that runs here, as in a page; a server has many. */
const IS_PAGE = typeof document === "object";

/** Where this runs, if it has an address. */
const HERE = /** @type {Location | undefined} */ (globalThis.location);

/** A mailed code, which is no code of a provider's sign-in. */
const MAILED = /^\d{8}$/;

/** What some servers read as another path than browsers do: encoded dots and slashes, and `..;`. */
const AMBIGUOUS = /%(25)*(2e|2f|5c)|\/\.\.?;/i;

/**
 * A storage of the browser; where site data is blocked or full, one that lasts as long as the page.
 *
 * @param {"localStorage" | "sessionStorage"} [kind] none for one that is never more than that
 */
export function storage(kind) {
  /** @type {Map<string, string>} */
  const memory = new Map();
  /** @template T @param {(real: Storage) => T} real @param {() => T} spare */
  const either = (real, spare) => {
    try {
      if (kind) return real(globalThis[kind]);
    } catch {
      // Blocked, full, or none at all.
    }
    return spare();
  };
  return {
    /** @param {string} key @returns {string | null} */
    get: (key) => either((real) => real.getItem(key), () => null) ?? memory.get(key) ?? null,
    /** @param {string} key @param {string} value */
    set: (key, value) => either((real) => (memory.delete(key), real.setItem(key, value)), () => void memory.set(key, value)),
    /** @param {string} key */
    remove: (key) => either((real) => real.removeItem(key), () => {}) ?? void memory.delete(key),
  };
}

/** The notes of every client in this page. */
const pageNotes = storage("localStorage");

/** @param {"localStorage" | "sessionStorage"} kind whether the browser refuses it */
function isBlocked(kind) {
  try {
    return globalThis[kind] === null;
  } catch {
    return true;
  }
}

/** Whether there may be passkeys here: in a browser that knows them, on a page that came by https or from this machine. */
export function hasPasskeys() {
  return IS_PAGE && isSecureContext && typeof PublicKeyCredential === "function";
}

/** Whether the browser can offer passkeys where a username is typed. */
export async function fillsPasskeys() {
  if (!hasPasskeys()) return false;
  return PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false) ?? false;
}

/**
 * Has the browser make a passkey.
 *
 * @param {any} options `PublicKeyCredentialCreationOptionsJSON`
 * @returns {Promise<object>} `RegistrationResponseJSON`
 */
export async function makePasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON?.(options) ?? creationOptions(options);
  return credentialJson(await navigator.credentials.create({ publicKey }));
}

/**
 * Has the browser use a passkey.
 *
 * @param {any} options `PublicKeyCredentialRequestOptionsJSON`
 * @param {{mediation?: CredentialMediationRequirement, signal?: AbortSignal}} [how] `conditional` offers them where a username is typed
 * @returns {Promise<object>} `AuthenticationResponseJSON`
 */
export async function askForPasskey(options, how = {}) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON?.(options) ?? requestOptions(options);
  return credentialJson(await navigator.credentials.get({ publicKey, ...how }));
}

/**
 * An error the server answered with. Without an answer of the contract: `unreachable` when there was none,
 * `unreadable` when it was something else, `cookies_blocked` when the browser keeps the server's cookies back.
 * A sign-in that takes one more step is `pending`, and {@link AuthClient.finishSignIn} goes on with it.
 */
export class AuthError extends Error {
  /**
   * @param {{status: number, code: string, detail: string, errors?: FieldProblem[], request_id?: string, retryAfter?: number, pending?: Pending}} problem
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
    /** What the sign-in waits for, where the code is `pending`. */
    this.pending = problem.pending;
  }
}

/** What happened, with its detail; Node 18 has no CustomEvent. */
class Told extends Event {
  /**
   * @param {string} type
   * @param {Change | Exchange} detail
   */
  constructor(type, detail) {
    super(type);
    this.detail = detail;
  }
}

/**
 * @param {string} baseUrl where the contract hangs, such as `https://accounts.example.org/api/auth`; absolute, except in a page
 * @param {Options} [options]
 */
export function createClient(baseUrl, options) {
  return new AuthClient(baseUrl, options);
}

/** One server, as one tab sees it. Made by {@link createClient}. */
export class AuthClient {
  /** @type {Token | null} */
  #token = null;
  /** Whether the credential is in a cookie; undefined as long as nobody said. @type {boolean | undefined} */
  #byCookie;
  /** When the server may be asked for a credential of its own kind. */
  #changeAt = 0;
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
  #notes = IS_PAGE ? pageNotes : storage();
  #key;
  #timeout;
  #apis;

  /**
   * @param {string} baseUrl
   * @param {Options} [options]
   */
  constructor(baseUrl, { timeout = TIMEOUT, apis = [] } = {}) {
    /** Where the contract hangs, without a slash at its end. */
    this.baseUrl = new URL(baseUrl, HERE?.href).href.replace(/\/+$/, "");
    this.#key = `auth:${this.baseUrl}`;
    this.#timeout = timeout;
    this.#apis = apis.map((api) => checked(new URL(api, this.baseUrl)));
    if (IS_PAGE) this.#join();
  }

  /** Hears what clients in other tabs say. */
  #join() {
    try {
      this.#channel = new BroadcastChannel(this.#key);
      this.#channel.onmessage = (event) => this.#hear(event.data);
    } catch {
      // Old browsers have none, and some refuse it where site data is blocked.
    }
    addEventListener("storage", this.#onStorage);
  }

  /** Lets go of what the client listens to. */
  close() {
    this.#events = new EventTarget();
    this.#hide();
    this.#channel?.close();
    if (IS_PAGE) removeEventListener("storage", this.#onStorage);
  }

  /** Who is signed in, as far as this tab knows. */
  get user() {
    return this.#user;
  }

  /** Whether somebody signed in here and did not sign out since; they may have expired. */
  get mayBeSignedIn() {
    return this.#notes.get(this.#key) !== null;
  }

  /**
   * Whether this page is of another site than the server, so that the browser sends it none of the server's
   * cookies (RFC 6265bis, 5.2). Where only a list of public suffixes could tell, the answer is no.
   */
  get isCrossSite() {
    if (!HERE) return false;
    const server = new URL(this.baseUrl);
    if (server.hostname === HERE.hostname) return server.protocol !== HERE.protocol;
    const site = (/** @type {string} */ host) => (/^[\d.]+$|:/.test(host) ? host : host.split(".").slice(-2).join("."));
    return server.protocol !== HERE.protocol || site(server.hostname) !== site(HERE.hostname);
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
    const hear = (/** @type {Event} */ event) => listener(/** @type {any} */ (event).detail);
    this.#events.addEventListener(type, hear);
    return () => this.#events.removeEventListener(type, hear);
  }

  /**
   * What the server is and promises; asked once.
   *
   * @returns {Promise<Strategy>}
   */
  strategy() {
    this.#strategy ??= this.#open("GET", "strategy").then(
      (strategy) => {
        if (this.isCrossSite) console.warn(this.#keptBack());
        return strategy;
      },
      (error) => {
        this.#strategy = undefined;
        throw error;
      },
    );
    return this.#strategy;
  }

  /**
   * Brings a person back after a reload; asks the server only if somebody signed in here.
   *
   * @returns {Promise<User | null>}
   */
  async resume() {
    if (!this.mayBeSignedIn) return null;
    return this.#orNobody(async () => {
      await this.#freshen();
      return this.#user ?? (await this.profile());
    });
  }

  /**
   * Asks anew who is signed in: for a page that slept, or was left and is come back to.
   *
   * @returns {Promise<User | null>}
   */
  async check() {
    const noted = this.#notes.get(this.#key);
    if (noted === null) this.#forget("signed-out", false);
    if (noted === null) return null;
    // A token of somebody who signed out meanwhile must not speak for who is here now.
    if (this.#user && noted !== this.#user.id) this.#token = null;
    return this.#orNobody(() => this.profile());
  }

  /**
   * @param {() => Promise<User>} ask
   * @returns {Promise<User | null>}
   */
  async #orNobody(ask) {
    try {
      return await ask();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (this.isCrossSite) throw cookiesBlocked(this.#keptBack());
      return null;
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
   * chosen at the sign-up, or the account's, is missing or wrong; `pending` when it takes one more step.
   *
   * @param {string} token
   * @param {string} [password] may be left out by who is signed in to the account
   * @returns {Promise<User>}
   */
  async verify(token, password) {
    await this.#freshen().catch(() => null);
    const proof = password === undefined ? {} : { password };
    return this.#enter(await this.#open("POST", "verify", { token, ...proof, refresh: "cookie" }));
  }

  /** @param {string} email */
  async resendVerification(email) {
    await this.#open("POST", "verify/resend", { email });
  }

  /**
   * `pending` when it takes one more step.
   *
   * @param {{identifier: string, password: string, remember?: boolean}} credentials
   * @returns {Promise<User>}
   */
  async signIn(credentials) {
    await this.#needCookies();
    return this.#enter(await this.#open("POST", "login", { ...credentials, refresh: "cookie" }));
  }

  /**
   * Ends a sign-in that takes one more step. `invalid_factor` when what is shown is wrong, and it still waits;
   * `invalid_token` when nothing waits any more; `pending` when it takes another step.
   *
   * @param {Pending} pending
   * @param {Shown} shown
   * @param {StepOptions} [options]
   * @returns {Promise<Finished>}
   */
  async finishSignIn(pending, shown, options = {}) {
    const grant = await this.#open("POST", "login/factor", { pending: pending.id, ...shown, ...options, refresh: "cookie" });
    const user = await this.#enter(grant);
    return { user, recovery_codes: grant.recovery_codes ?? [] };
  }

  /**
   * The same with a passkey.
   *
   * @param {Pending} pending
   * @param {StepOptions} [options]
   */
  async finishWithPasskey(pending, options) {
    const { passkey } = await this.stepOptions(pending);
    return this.finishSignIn(pending, { method: "passkey", credential: await askForPasskey(passkey) }, options);
  }

  /**
   * What a step takes: the options for {@link askForPasskey}, or the seed of the authenticator app that is to be added.
   *
   * @param {Pending} pending
   * @returns {Promise<{passkey?: object, totp?: Seed}>}
   */
  stepOptions(pending) {
    return this.#open("POST", "login/factor/options", { pending: pending.id });
  }

  /**
   * Begins a sign-in with a passkey alone; {@link finishSignIn} ends it.
   *
   * @returns {Promise<{pending: Pending, passkey: object}>}
   */
  async beginPasskeySignIn() {
    await this.#needCookies();
    return this.#open("POST", "login/passkey");
  }

  /**
   * Signs in with a passkey alone.
   *
   * @param {{remember?: boolean}} [options]
   * @returns {Promise<User>}
   */
  async signInWithPasskey(options) {
    const { pending, passkey } = await this.beginPasskeySignIn();
    const shown = { method: "passkey", credential: await askForPasskey(passkey) };
    return (await this.finishSignIn(pending, shown, options)).user;
  }

  /**
   * Has a code mailed; {@link finishSignIn} takes it, as `mail_code`. It is the same whether or not the address has an account.
   *
   * @param {string} email
   * @returns {Promise<Pending>}
   */
  async mailCode(email) {
    await this.#needCookies();
    return (await this.#open("POST", "login/mail", { email })).pending;
  }

  /** Signs this browser out, every tab of it. Who is still signed in when it throws, stays so. */
  async signOut() {
    try {
      await this.call("POST", "logout");
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    this.#forget("signed-out");
  }

  /** Renews the credential; one request however many ask, in all tabs. */
  refresh() {
    return this.#refresh(true);
  }

  /** @param {boolean} needed whether who is refused has expired */
  #refresh(needed) {
    const stale = this.#token;
    this.#refreshing ??= this.#alone(() => this.#renew(stale, needed)).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** @returns {Promise<User>} */
  async profile() {
    return this.#learn(() => this.call("GET", "profile"));
  }

  /**
   * A new address needs `current_password` and changes nothing until it is confirmed.
   *
   * @param {ProfilePatch} patch
   * @returns {Promise<User>}
   */
  async changeProfile(patch) {
    return this.#learn(() => this.call("PATCH", "profile", patch));
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

  /**
   * What happened to the account, the latest first.
   * @param {string} [before] `next` of the page before this one
   * @returns {Promise<History>}
   */
  async securityEvents(before) {
    const query = before === undefined ? "" : `?before=${encodeURIComponent(before)}`;
    return await this.call("GET", `security-events${query}`);
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

  /** @returns {Promise<Factors>} */
  factors() {
    return this.call("GET", "factors");
  }

  /**
   * Begins to add an authenticator app. As with all that changes factors: `reauth_required` when it takes the
   * password or a fresh sign-in, `factor_required` when one has to be shown again.
   *
   * @param {Proof} [proof]
   * @returns {Promise<Seed & {id: string, expires_in: number}>}
   */
  beginTotp(proof = {}) {
    return this.call("POST", "factors/totp", proof);
  }

  /**
   * Adds the authenticator app that shows this code.
   *
   * @param {{id: string, code: string, name?: string}} confirmation
   * @returns {Promise<Added>}
   */
  confirmTotp(confirmation) {
    return this.#added("totp", confirmation);
  }

  /**
   * Adds a passkey.
   *
   * @param {Proof & {name?: string}} [request]
   * @returns {Promise<Added>}
   */
  async addPasskey({ name, ...proof } = {}) {
    const { id, passkey } = await this.call("POST", "factors/passkeys", proof);
    return this.#added("passkeys", { id, credential: await makePasskey(passkey), name });
  }

  /**
   * @param {string} kind
   * @param {object} confirmation
   * @returns {Promise<Added>}
   */
  async #added(kind, confirmation) {
    const { factor, recovery_codes = [] } = await this.call("POST", `factors/${kind}/confirm`, confirmation);
    return { factor, recovery_codes };
  }

  /**
   * @param {string} id
   * @param {string} name
   * @returns {Promise<Factor>}
   */
  async renameFactor(id, name) {
    return (await this.call("PATCH", `factors/${encodeURIComponent(id)}`, { name })).factor;
  }

  /**
   * With the last one the recovery codes go too.
   *
   * @param {string} id
   * @param {Proof} [proof]
   */
  async removeFactor(id, proof = {}) {
    await this.call("DELETE", `factors/${encodeURIComponent(id)}`, proof);
  }

  /**
   * New recovery codes in place of those there are, shown this once.
   *
   * @param {Proof} [proof]
   * @returns {Promise<string[]>}
   */
  async newRecoveryCodes(proof = {}) {
    return (await this.call("POST", "factors/recovery-codes", proof)).recovery_codes;
  }

  /**
   * Shows a second factor again, after `factor_required`: then the same can be asked once more.
   *
   * @param {Shown & {id?: string}} shown
   * @returns {Promise<number>} for how many seconds that counts
   */
  async showFactor(shown) {
    return (await this.call("POST", "factors/verify", shown)).expires_in;
  }

  /** The same with a passkey. */
  async showPasskey() {
    const { id, passkey } = await this.call("POST", "factors/options");
    return this.showFactor({ method: "passkey", id, credential: await askForPasskey(passkey) });
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
    if (!IS_PAGE) throw new TypeError("only a page can be left for a provider");
    const query = new URLSearchParams({ return_to: returnTo, ...options });
    if (!this.mayBeSignedIn) this.#notes.set(this.#key, AWAY);
    location.assign(`${this.baseUrl}/oauth/${encodeURIComponent(provider)}/start?${query}`);
  }

  /**
   * Ends a visit to a provider: takes what came back in the fragment out of the address. When the
   * server can't be reached, it stays there for another try. `pending` when it takes one more step.
   *
   * @returns {Promise<{error: string, provider: string} | null>} what went wrong there
   */
  async arrive() {
    if (!IS_PAGE) return null;
    const fragment = new URLSearchParams(location.hash.slice(1));
    const [code, error, id] = [fragment.get("code"), fragment.get("error"), fragment.get("pending")];
    if ((code === null || MAILED.test(code)) && error === null && id === null) return null;
    const came = location.href;
    history.replaceState(history.state, "", location.pathname + location.search);
    if (this.#notes.get(this.#key) === AWAY) this.#notes.remove(this.#key);
    if (error !== null) return { error, provider: fragment.get("provider") ?? "" };
    if (id !== null) throw waiting(pendingIn(id, fragment));
    try {
      await this.#enter(await this.#open("POST", "oauth/exchange", { code, refresh: "cookie" }));
    } catch (failure) {
      if (isPassing(failure)) history.replaceState(history.state, "", came);
      throw failure;
    }
    return null;
  }

  /** What the access token says, without its signature; null where there is none, or it says nothing. */
  claims() {
    const [header, payload] = this.#token?.value.split(".") ?? [];
    if (!header || !payload) return null;
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
    return this.#read(await this.fetch(path, withBody(method, body)));
  }

  /**
   * Like the global `fetch`, with the credential. Refreshes ahead of time, and once after a 401.
   * What changes something names the user that this page knows.
   *
   * It may go to the auth server's own origin and to what `apis` names: an origin
   * (`https://api.example.org`), or what is below a path of one (`https://example.org/orders/`); any
   * other address is a `TypeError`, and nothing is sent. Another origin gets the access token, and no
   * cookies unless `init.credentials` asks for them; so where the credential is a cookie, such a
   * request has none, and a 401 is just an answer. There CORS must allow `Authorization` and `If-User`.
   *
   * @param {string | URL} address absolute, below the base URL, or from the root of its host when it starts with `/`
   * @param {RequestInit} [init]
   */
  async fetch(address, init = {}) {
    const url = this.#permitted(address);
    const [named, epoch] = [this.#named(init), this.#epoch];
    await this.#freshen();
    const used = this.#token;
    const response = await this.#send(url, named);
    if (response.status === 412) await this.#meetWhoIsHere(response);
    if (response.status !== 401 || (!used && !this.#isOwn(url)) || (await this.#isWrongFactor(url, response))) return response;
    if ((used || (await this.#isRenewable())) && (await this.#recovered(used))) {
      return isSpent(init.body) ? response : this.#send(url, named);
    }
    // Whoever signed in meanwhile, in another tab, is not the one who was refused.
    if (epoch === this.#epoch) this.#forget("expired");
    return response;
  }

  /**
   * The address, if the credential may go there.
   *
   * @param {string | URL} address
   */
  #permitted(address) {
    const url = new URL(address, `${this.baseUrl}/`);
    const isNamed = this.#isOwn(url) || this.#apis.some((api) => covers(api, url));
    if (!isNamed || url.username || url.password) {
      throw new TypeError(`${url.origin}${url.pathname} may not be sent the credential; createClient's "apis" names what may`);
    }
    return url;
  }

  /** @param {URL} url whether it is of the auth server's origin */
  #isOwn(url) {
    return url.origin === new URL(this.baseUrl).origin;
  }

  /**
   * The same request, for this user and nobody else. The name is taken before anything is
   * awaited, for that is whom the caller sees.
   *
   * @param {RequestInit} init
   * @returns {RequestInit}
   */
  #named(init) {
    const headers = new Headers(init.headers);
    const changes = !SAFE.includes((init.method ?? "GET").toUpperCase());
    if (changes && this.#user && !headers.has("If-User")) headers.set("If-User", this.#user.id);
    return { ...init, headers };
  }

  /**
   * Whether what was refused is a code or a passkey, and the credential is fine.
   *
   * @param {URL} url
   * @param {Response} refusal
   */
  async #isWrongFactor(url, refusal) {
    if (!this.#isOwn(url)) return false;
    const { code } = await this.#json(refusal.clone()).catch(() => ({}));
    return code === "invalid_factor";
  }

  /** @param {Response} refusal maybe because somebody else signed in in this browser */
  async #meetWhoIsHere(refusal) {
    const { code } = await this.#json(refusal.clone()).catch(() => ({}));
    if (code !== "user_changed") return;
    this.#token = null;
    await this.check().catch(() => null);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  async #open(method, path, body) {
    return this.#read(await this.#send(this.#permitted(path), withBody(method, body)));
  }

  /**
   * @param {URL} url a permitted one
   * @param {RequestInit} init
   */
  async #send(url, init) {
    const headers = new Headers(init.headers);
    if (!headers.has("Accept")) headers.set("Accept", "application/json");
    if (this.#token) headers.set("Authorization", `Bearer ${this.#token.value}`);
    const started = performance.now();
    const limit = new AbortController();
    const late = setTimeout(() => limit.abort(), this.#timeout);
    const cancel = () => limit.abort();
    init.signal?.addEventListener("abort", cancel);
    const credentials = this.#isOwn(url) ? "include" : (init.credentials ?? "omit");
    const asked = { ...init, headers, credentials, signal: limit.signal };
    const response = await fetch(url, asked).catch(() => undefined);
    clearTimeout(late);
    const [method, ms] = [init.method ?? "GET", performance.now() - started];
    const [sent, received] = [visible(headers), response ? visible(response.headers) : {}];
    this.#emit("exchange", { method, url: url.href, status: response?.status ?? 0, ms, sent, received });
    if (response?.headers.has("Auth-Bridge") && this.#isOwn(url)) this.#changeOver();
    if (response) return response;
    init.signal?.throwIfAborted();
    throw unreachable(limit.signal.aborted ? "The server took too long to answer." : this.#silence(url));
  }

  /** @param {URL} url why there may be no answer at all from there */
  #silence(url) {
    if (!HERE || url.origin === HERE.origin) return "The server can't be reached.";
    if (!this.#isOwn(url)) return `${url.origin} can't be reached. It may not be running, or it may not allow the origin ${HERE.origin} (CORS).`;
    return `The server can't be reached. It may not be running, or it may not trust the origin ${HERE.origin} (--trusted-origin).`;
  }

  /**
   * The body of an answer, or the problem in it (RFC 9457).
   *
   * @param {Response} response
   * @returns {Promise<any>}
   */
  async #read(response) {
    const body = await this.#json(response).catch((error) => error);
    if (body instanceof AuthError) throw body;
    if (response.ok && !(body instanceof Error)) return body;
    const { code = "unreadable", detail = `The server answered with something unexpected (${response.status}).`, errors, request_id } = body;
    const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
    throw new AuthError({ status: response.status, code, detail, errors, request_id, retryAfter });
  }

  /**
   * @param {Response} response
   * @returns {Promise<any>}
   */
  #json(response) {
    return new Promise((done, fail) => {
      const late = setTimeout(() => fail(unreachable("The server took too long to answer.")), this.#timeout);
      response.json().then(done, fail).finally(() => clearTimeout(late));
    });
  }

  /** Expects that the browser may take the server's cookies, where they are all there is. */
  async #needCookies() {
    if (this.isCrossSite && !(await this.#isBearer())) throw cookiesBlocked(this.#keptBack());
  }

  /** Expects that it took the one just granted, where there is a doubt; `navigator.cookieEnabled` tells half of it. */
  async #haveCookie() {
    const same = new URL(this.baseUrl).hostname === HERE?.hostname;
    if (same && navigator.cookieEnabled && !isBlocked("localStorage")) return;
    const { status } = await this.#send(this.#permitted("profile"), {});
    if (status !== 401) return;
    if (!HERE) throw cookiesBlocked("Nothing here keeps cookies, so nobody can stay signed in.");
    throw cookiesBlocked("The browser blocks the cookies of this site, so nobody can stay signed in. Allow them and try again.");
  }

  #keptBack() {
    const server = new URL(this.baseUrl).origin;
    return `This page (${HERE?.origin}) and the server (${server}) are of different sites, so the browser keeps the server's cookies back and nobody can stay signed in. Serve both under one domain.`;
  }

  async #freshen() {
    if (!this.mayBeSignedIn || (await this.#isInCookie())) return;
    if (!isFresh(this.#token)) await this.refresh();
  }

  /** Whether the browser sends the credential by itself. Who has one knows; else it is as the server has it. */
  async #isInCookie() {
    return this.#token === null && (this.#byCookie ?? !(await this.#isBearer()));
  }

  async #isBearer() {
    return (await this.strategy()).token_type === "Bearer";
  }

  /**
   * Whether a refresh may help who was refused without a token: where the credential expires in a cookie, in
   * which no script sees until when, and where it may be of another kind by now.
   */
  async #isRenewable() {
    if (!this.mayBeSignedIn) return false;
    this.#strategy = undefined;
    const { format, transport, bridge } = await this.strategy();
    return transport === "bearer" || format !== "opaque" || bridge !== undefined;
  }

  /** Gets a credential of the server's own kind, beside what else is done, and keeps the one there is if that fails. */
  #changeOver() {
    if (Date.now() < this.#changeAt) return;
    this.#changeAt = Date.now() + PAUSE;
    this.#strategy = undefined;
    this.strategy()
      .then(() => this.#refresh(false))
      .catch(() => {});
  }

  /** @param {Token | null} used the token that was refused */
  async #recovered(used) {
    if (this.#token && this.#token !== used) return true;
    return this.refresh().then(
      () => true,
      (error) => {
        if (isRefusal(error)) return false;
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
    let begun = false;
    const once = () => {
      begun = true;
      return work();
    };
    if (!IS_PAGE) return work();
    try {
      await navigator.locks.request(this.#key, once);
    } catch (error) {
      // Locks are missing without https, and refused where site data is blocked.
      if (begun) throw error;
      await work();
    }
  }

  /**
   * @param {Token | null} stale
   * @param {boolean} needed whether who is refused has expired
   */
  async #renew(stale, needed) {
    const epoch = this.#epoch;
    if ((await this.#borrowed(stale)) || epoch !== this.#epoch) return;
    const response = await this.#askToRefresh();
    if (epoch !== this.#epoch) return;
    if (response.status === 401 && needed) this.#forget("expired");
    await this.#accept(await this.#read(response), "updated");
  }

  /** Asks for a credential of whatever kind the server has: this client can keep a cookie as well as a token. */
  async #askToRefresh() {
    const url = this.#permitted("refresh");
    const known = await this.#strategy?.catch(() => undefined);
    if (!known?.bridge) return this.#send(url, { method: "POST" });
    const { transport } = known;
    const response = await this.#send(url, withBody("POST", { transport, refresh: "cookie" }));
    // A node of an earlier version knows nothing of that.
    return response.status === 400 ? this.#send(url, { method: "POST" }) : response;
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
    if (until === undefined || !hasLocks()) return;
    await new Promise((/** @type {(shown?: undefined) => void} */ shown) => {
      const hold = async () => {
        shown();
        if (this.#token?.until !== until) return;
        await new Promise((/** @type {(hidden?: undefined) => void} */ hide) => (this.#hide = hide));
      };
      navigator.locks.request(this.#key + UNTIL + until, { mode: "shared" }, hold).catch(() => shown());
    });
  }

  /**
   * Whether another tab shows a token that is fresh for longer than this one.
   *
   * @param {Token | null} stale
   */
  async #seesFresher(stale) {
    if (!hasLocks()) return false;
    const { held = [] } = await navigator.locks.query().catch(() => ({ held: [] }));
    const start = this.#key + UNTIL;
    const shown = held.map(({ name = "" }) => (name.startsWith(start) ? Number(name.slice(start.length)) : 0));
    return Math.max(0, ...shown) > Math.max(Date.now(), stale?.until ?? 0);
  }

  /**
   * Takes in the answer to a sign-in, unless it takes one more step.
   *
   * @param {Grant & {pending?: undefined} | {pending: Pending}} answer
   */
  async #enter(answer) {
    if (answer.pending) throw waiting(answer.pending);
    return this.#accept(answer, "signed-in");
  }

  /**
   * @param {Grant} grant
   * @param {"signed-in" | "updated"} reason
   */
  async #accept(grant, reason) {
    if (!grant.access_token) await this.#haveCookie();
    if (reason === "signed-in") this.#epoch += 1;
    this.#token = grant.access_token ? token(grant.access_token, grant.expires_in) : null;
    const byCookie = this.#token === null;
    if (byCookie !== this.#byCookie) this.#changeAt = 0;
    this.#byCookie = byCookie;
    this.#know(grant.user, reason);
    this.#say({ type: "granted", token: this.#token, byCookie: this.#byCookie, user: grant.user });
    await this.#show();
    return grant.user;
  }

  /**
   * Takes in what the server says of the user, and tells the other tabs; unless somebody signed in or out
   * while it was under way, for then it is of the past.
   *
   * @param {() => Promise<User>} ask
   */
  async #learn(ask) {
    const epoch = this.#epoch;
    const user = await ask();
    if (epoch !== this.#epoch) return user;
    const news = JSON.stringify(this.#user) !== JSON.stringify(user);
    this.#know(user);
    if (news) this.#say({ type: "granted", token: this.#token, user });
    return user;
  }

  /**
   * Another user than before is a sign-out and a sign-in.
   *
   * @param {User} user
   * @param {"signed-in" | "updated"} [reason]
   */
  #know(user, reason = "updated") {
    const was = this.#user;
    const other = was !== null && was.id !== user.id;
    if (this.#notes.get(this.#key) !== user.id) this.#notes.set(this.#key, user.id);
    if (other) {
      this.#epoch += 1;
      this.#user = null;
      this.#emit("change", { user: null, was, reason: "signed-out" });
    }
    if (JSON.stringify(was) === JSON.stringify(user)) return;
    this.#user = user;
    this.#emit("change", { user, was, reason: other ? "signed-in" : reason });
  }

  /**
   * @param {"signed-out" | "expired"} reason
   * @param {boolean} [here] whether this tab is the first to know
   */
  #forget(reason, here = true) {
    const was = this.#user;
    const had = was !== null || this.#token !== null;
    this.#epoch += 1;
    this.#hide();
    this.#token = null;
    this.#byCookie = undefined;
    this.#user = null;
    this.#notes.remove(this.#key);
    if (here) this.#say({ type: "gone", reason });
    if (had) this.#emit("change", { user: null, was, reason });
  }

  /** @param {object} message */
  #say(message) {
    this.#channel?.postMessage(message);
  }

  /** @param {{type: string, token?: Token | null, byCookie?: boolean, user?: User, reason?: "signed-out" | "expired"}} message from another tab */
  #hear(message) {
    if (message.type === "ask" && this.#user && isFresh(this.#token)) {
      this.#say({ type: "granted", token: this.#token, user: this.#user });
    }
    if (message.type === "granted" && message.user) {
      const same = this.#user?.id === message.user.id;
      if (!same) this.#epoch += 1;
      this.#token = message.token ?? (same && !message.byCookie ? this.#token : null);
      if (message.token || message.byCookie) this.#byCookie = !message.token;
      this.#know(message.user, this.#user ? "updated" : "signed-in");
    }
    if (message.type === "gone") this.#forget(message.reason ?? "signed-out", false);
  }

  /** Tells of a sign-out, and of a sign-in where there is no BroadcastChannel. */
  #onStorage = (/** @type {StorageEvent} */ event) => {
    if (event.key !== null && event.key !== this.#key) return;
    if (event.newValue === null) this.#forget("signed-out", false);
    else if (!this.#channel && event.newValue !== AWAY) this.check().catch(() => null);
  };

  /**
   * @param {"change" | "exchange"} type
   * @param {Change | Exchange} detail
   */
  #emit(type, detail) {
    this.#events.dispatchEvent(new Told(type, detail));
  }
}

/** Whether tabs can tell each other something by locks, which are missing without https. */
function hasLocks() {
  return IS_PAGE && "locks" in navigator;
}

/**
 * Checks an entry of `apis`, where a mistake would send tokens astray.
 *
 * @param {URL} api
 */
function checked(api) {
  const isPlain = /^https?:$/.test(api.protocol) && !api.username && !api.password && !api.search && !api.hash;
  if (!isPlain || AMBIGUOUS.test(api.pathname)) throw new TypeError(`${api.origin}${api.pathname} is no origin or path that "apis" can name`);
  return api;
}

/**
 * Whether an address is at or below an API. Where only a path is named, nothing may pass that a server
 * could take for another path.
 *
 * @param {URL} api
 * @param {URL} url
 */
function covers(api, url) {
  if (url.origin !== api.origin) return false;
  const path = api.pathname.replace(/\/+$/, "");
  if (path === "") return true;
  return (url.pathname === path || url.pathname.startsWith(`${path}/`)) && !AMBIGUOUS.test(url.pathname);
}

/** @param {unknown} body whether it can be sent once only */
function isSpent(body) {
  return typeof ReadableStream === "function" && body instanceof ReadableStream;
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

/** @param {unknown} error whether nobody is signed in */
function isRefusal(error) {
  return error instanceof AuthError && error.status === 401;
}

/** @param {unknown} error whether the same request may well succeed later */
function isPassing(error) {
  return error instanceof AuthError && (error.code === "unreachable" || error.status >= 500);
}

/** @param {string} detail */
function unreachable(detail) {
  return new AuthError({ status: 0, code: "unreachable", detail });
}

/** @param {string} detail */
function cookiesBlocked(detail) {
  return new AuthError({ status: 0, code: "cookies_blocked", detail });
}

/** @param {Pending} pending */
function waiting(pending) {
  return new AuthError({ status: 200, code: "pending", detail: "The sign-in takes one more step.", pending });
}

/**
 * What waits, as a visit to a provider brings it along.
 *
 * @param {string} id
 * @param {URLSearchParams} fragment
 * @returns {Pending}
 */
function pendingIn(id, fragment) {
  const methods = (fragment.get("methods") ?? "").split(",").filter(Boolean);
  return { id, methods, expires_in: Number(fragment.get("expires_in")) || 0 };
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
  return JSON.parse(new TextDecoder().decode(bytes(part)));
}

/** @param {string} text base64url */
function bytes(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}

/** @param {ArrayBuffer | null | undefined} buffer */
function base64url(buffer) {
  if (!buffer) return undefined;
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * For browsers without `parseCreationOptionsFromJSON`.
 *
 * @param {any} options
 * @returns {PublicKeyCredentialCreationOptions}
 */
function creationOptions({ challenge, user, excludeCredentials = [], ...more }) {
  return { ...more, challenge: bytes(challenge), user: { ...user, id: bytes(user.id) }, excludeCredentials: excludeCredentials.map(descriptor) };
}

/**
 * For browsers without `parseRequestOptionsFromJSON`.
 *
 * @param {any} options
 * @returns {PublicKeyCredentialRequestOptions}
 */
function requestOptions({ challenge, allowCredentials = [], ...more }) {
  return { ...more, challenge: bytes(challenge), allowCredentials: allowCredentials.map(descriptor) };
}

/** @param {any} credential */
function descriptor({ id, ...more }) {
  return { ...more, id: bytes(id) };
}

/**
 * What a browser or a program in its place gives, as JSON; some have no `toJSON`, or one that fails.
 *
 * @param {any} credential
 * @returns {object}
 */
function credentialJson(credential) {
  try {
    return credential.toJSON();
  } catch {
    const { id, rawId, type, response } = credential;
    const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    const written = Object.fromEntries(parts.map((name) => [name, base64url(response[name])]));
    const transports = response.getTransports?.();
    return { id, rawId: base64url(rawId), type, clientExtensionResults: credential.getClientExtensionResults?.() ?? {}, response: { ...written, transports } };
  }
}
