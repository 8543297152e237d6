/**
 * A storage of the browser; where site data is blocked or full, one that lasts as long as the page.
 *
 * @param {"localStorage" | "sessionStorage"} [kind] none for one that is never more than that
 */
export function storage(kind?: "localStorage" | "sessionStorage"): {
    /** @param {string} key @returns {string | null} */
    get: (key: string) => string | null;
    /** @param {string} key @param {string} value */
    set: (key: string, value: string) => void | undefined;
    /** @param {string} key */
    remove: (key: string) => undefined;
};
/** Whether there may be passkeys here: in a browser that knows them, on a page that came by https or from this machine. */
export function hasPasskeys(): boolean;
/** Whether the browser can offer passkeys where a username is typed. */
export function fillsPasskeys(): Promise<boolean>;
/**
 * Has the browser make a passkey.
 *
 * @param {any} options `PublicKeyCredentialCreationOptionsJSON`
 * @returns {Promise<object>} `RegistrationResponseJSON`
 */
export function makePasskey(options: any): Promise<object>;
/**
 * Has the browser use a passkey.
 *
 * @param {any} options `PublicKeyCredentialRequestOptionsJSON`
 * @param {{mediation?: CredentialMediationRequirement, signal?: AbortSignal}} [how] `conditional` offers them where a username is typed
 * @returns {Promise<object>} `AuthenticationResponseJSON`
 */
export function askForPasskey(options: any, how?: {
    mediation?: CredentialMediationRequirement;
    signal?: AbortSignal;
}): Promise<object>;
/**
 * @param {string} baseUrl where the contract hangs, such as `https://accounts.example.org/api/auth`; absolute, except in a page
 * @param {Options} [options]
 */
export function createClient(baseUrl: string, options?: Options): AuthClient;
/**
 * An error the server answered with. Without an answer of the contract: `unreachable` when there was none,
 * `unreadable` when it was something else, `cookies_blocked` when the browser keeps the server's cookies back.
 * A sign-in that takes one more step is `pending`, and {@link AuthClient.finishSignIn} goes on with it.
 */
export class AuthError extends Error {
    /**
     * @param {{status: number, code: string, detail: string, errors?: FieldProblem[], request_id?: string, retryAfter?: number, pending?: Pending}} problem
     */
    constructor(problem: {
        status: number;
        code: string;
        detail: string;
        errors?: FieldProblem[];
        request_id?: string;
        retryAfter?: number;
        pending?: Pending;
    });
    /** The HTTP status; 0 without an answer. */
    status: number;
    /** One of the contract's closed list: what to switch on. */
    code: string;
    /** One entry for each field that breaks a rule. */
    errors: FieldProblem[];
    /** Ties the error to the server's log. */
    requestId: string | undefined;
    /** Seconds to wait before trying again, if the server said so. */
    retryAfter: number | undefined;
    /** What the sign-in waits for, where the code is `pending`. */
    pending: Pending | undefined;
}
/** One server, as one tab sees it. Made by {@link createClient}. */
export class AuthClient {
    /**
     * @param {string} baseUrl
     * @param {Options} [options]
     */
    constructor(baseUrl: string, { timeout, apis }?: Options);
    /** Where the contract hangs, without a slash at its end. */
    baseUrl: string;
    /** Lets go of what the client listens to. */
    close(): void;
    /** Who is signed in, as far as this tab knows. */
    get user(): User | null;
    /** Whether somebody signed in here and did not sign out since; they may have expired. */
    get mayBeSignedIn(): boolean;
    /**
     * Whether this page is of another site than the server, so that the browser sends it none of the server's
     * cookies (RFC 6265bis, 5.2). Where only a list of public suffixes could tell, the answer is no.
     */
    get isCrossSite(): boolean;
    /**
     * Listens: `change` when somebody signs in or out in any tab, `exchange` after every request.
     *
     * @template {"change" | "exchange"} T
     * @param {T} type
     * @param {(detail: T extends "change" ? Change : Exchange) => void} listener
     * @returns {() => void} stops listening
     */
    on<T extends "change" | "exchange">(type: T, listener: (detail: T extends "change" ? Change : Exchange) => void): () => void;
    /**
     * What the server is and promises; asked once.
     *
     * @returns {Promise<Strategy>}
     */
    strategy(): Promise<Strategy>;
    /**
     * Brings a person back after a reload; asks the server only if somebody signed in here.
     *
     * @returns {Promise<User | null>}
     */
    resume(): Promise<User | null>;
    /**
     * Asks anew who is signed in: for a page that slept, or was left and is come back to.
     *
     * @returns {Promise<User | null>}
     */
    check(): Promise<User | null>;
    /**
     * @param {Registration} registration
     * @returns {Promise<{user?: User, status?: string}>} `status` when the address has to be confirmed first
     */
    register(registration: Registration): Promise<{
        user?: User;
        status?: string;
    }>;
    /**
     * Confirms an address with the token of a mailed link, and signs in. `invalid_credentials` when the password
     * chosen at the sign-up, or the account's, is missing or wrong; `pending` when it takes one more step.
     *
     * @param {string} token
     * @param {string} [password] may be left out by who is signed in to the account
     * @returns {Promise<User>}
     */
    verify(token: string, password?: string): Promise<User>;
    /** @param {string} email */
    resendVerification(email: string): Promise<void>;
    /**
     * `pending` when it takes one more step.
     *
     * @param {{identifier: string, password: string, remember?: boolean}} credentials
     * @returns {Promise<User>}
     */
    signIn(credentials: {
        identifier: string;
        password: string;
        remember?: boolean;
    }): Promise<User>;
    /**
     * Ends a sign-in that takes one more step. `invalid_factor` when what is shown is wrong, and it still waits;
     * `invalid_token` when nothing waits any more; `pending` when it takes another step.
     *
     * @param {Pending} pending
     * @param {Shown} shown
     * @param {StepOptions} [options]
     * @returns {Promise<Finished>}
     */
    finishSignIn(pending: Pending, shown: Shown, options?: StepOptions): Promise<Finished>;
    /**
     * The same with a passkey.
     *
     * @param {Pending} pending
     * @param {StepOptions} [options]
     */
    finishWithPasskey(pending: Pending, options?: StepOptions): Promise<Finished>;
    /**
     * What a step takes: the options for {@link askForPasskey}, or the seed of the authenticator app that is to be added.
     *
     * @param {Pending} pending
     * @returns {Promise<{passkey?: object, totp?: Seed}>}
     */
    stepOptions(pending: Pending): Promise<{
        passkey?: object;
        totp?: Seed;
    }>;
    /**
     * Begins a sign-in with a passkey alone; {@link finishSignIn} ends it.
     *
     * @returns {Promise<{pending: Pending, passkey: object}>}
     */
    beginPasskeySignIn(): Promise<{
        pending: Pending;
        passkey: object;
    }>;
    /**
     * Signs in with a passkey alone.
     *
     * @param {{remember?: boolean}} [options]
     * @returns {Promise<User>}
     */
    signInWithPasskey(options?: {
        remember?: boolean;
    }): Promise<User>;
    /**
     * Has a code mailed; {@link finishSignIn} takes it, as `mail_code`. It is the same whether or not the address has an account.
     *
     * @param {string} email
     * @returns {Promise<Pending>}
     */
    mailCode(email: string): Promise<Pending>;
    /** Signs this browser out, every tab of it. Who is still signed in when it throws, stays so. */
    signOut(): Promise<void>;
    /** Renews the credential; one request however many ask, in all tabs. */
    refresh(): Promise<void>;
    /** @returns {Promise<User>} */
    profile(): Promise<User>;
    /**
     * A new address needs `current_password` and changes nothing until it is confirmed.
     *
     * @param {ProfilePatch} patch
     * @returns {Promise<User>}
     */
    changeProfile(patch: ProfilePatch): Promise<User>;
    /** @param {{current_password?: string}} proof */
    deleteAccount(proof: {
        current_password?: string;
    }): Promise<void>;
    /**
     * Every other device is signed out.
     *
     * @param {{current_password: string, new_password: string}} passwords
     * @returns {Promise<User>}
     */
    changePassword(passwords: {
        current_password: string;
        new_password: string;
    }): Promise<User>;
    /** @param {string} email */
    forgotPassword(email: string): Promise<void>;
    /**
     * @param {string} token the token of a mailed link
     * @param {string} password the new one
     */
    resetPassword(token: string, password: string): Promise<void>;
    /** @returns {Promise<Session[]>} */
    sessions(): Promise<Session[]>;
    /**
     * What happened to the account, the latest first.
     * @param {string} [before] `next` of the page before this one
     * @returns {Promise<History>}
     */
    securityEvents(before?: string): Promise<History>;
    /** @param {string} id */
    revokeSession(id: string): Promise<void>;
    /** @returns {Promise<number>} how many devices were signed out */
    revokeOtherSessions(): Promise<number>;
    /** @returns {Promise<Identity[]>} */
    identities(): Promise<Identity[]>;
    /** @param {string} id */
    unlink(id: string): Promise<void>;
    /** @returns {Promise<Factors>} */
    factors(): Promise<Factors>;
    /**
     * Begins to add an authenticator app. As with all that changes factors: `reauth_required` when it takes the
     * password or a fresh sign-in, `factor_required` when one has to be shown again.
     *
     * @param {Proof} [proof]
     * @returns {Promise<Seed & {id: string, expires_in: number}>}
     */
    beginTotp(proof?: Proof): Promise<Seed & {
        id: string;
        expires_in: number;
    }>;
    /**
     * Adds the authenticator app that shows this code.
     *
     * @param {{id: string, code: string, name?: string}} confirmation
     * @returns {Promise<Added>}
     */
    confirmTotp(confirmation: {
        id: string;
        code: string;
        name?: string;
    }): Promise<Added>;
    /**
     * Adds a passkey.
     *
     * @param {Proof & {name?: string}} [request]
     * @returns {Promise<Added>}
     */
    addPasskey({ name, ...proof }?: Proof & {
        name?: string;
    }): Promise<Added>;
    /**
     * @param {string} id
     * @param {string} name
     * @returns {Promise<Factor>}
     */
    renameFactor(id: string, name: string): Promise<Factor>;
    /**
     * With the last one the recovery codes go too.
     *
     * @param {string} id
     * @param {Proof} [proof]
     */
    removeFactor(id: string, proof?: Proof): Promise<void>;
    /**
     * New recovery codes in place of those there are, shown this once.
     *
     * @param {Proof} [proof]
     * @returns {Promise<string[]>}
     */
    newRecoveryCodes(proof?: Proof): Promise<string[]>;
    /**
     * Shows a second factor again, after `factor_required`: then the same can be asked once more.
     *
     * @param {Shown & {id?: string}} shown
     * @returns {Promise<number>} for how many seconds that counts
     */
    showFactor(shown: Shown & {
        id?: string;
    }): Promise<number>;
    /** The same with a passkey. */
    showPasskey(): Promise<number>;
    /**
     * Where to go to link a provider to the signed-in user.
     *
     * @param {string} provider
     * @param {{return_to: string, current_password?: string}} request
     * @returns {Promise<string>}
     */
    linkUrl(provider: string, request: {
        return_to: string;
        current_password?: string;
    }): Promise<string>;
    /**
     * Leaves for a provider's sign-in; it comes back to `returnTo`, where {@link arrive} goes on.
     *
     * @param {string} provider
     * @param {string} returnTo an absolute URL
     * @param {{prompt?: "login"}} [options] `login` has the person prove themselves anew
     */
    leaveFor(provider: string, returnTo: string, options?: {
        prompt?: "login";
    }): void;
    /**
     * Ends a visit to a provider: takes what came back in the fragment out of the address. When the
     * server can't be reached, it stays there for another try. `pending` when it takes one more step.
     *
     * @returns {Promise<{error: string, provider: string} | null>} what went wrong there
     */
    arrive(): Promise<{
        error: string;
        provider: string;
    } | null>;
    /** What the access token says, without its signature; null where there is none, or it says nothing. */
    claims(): {
        header: unknown;
        payload: unknown;
    } | null;
    /**
     * Calls a route of the contract as the signed-in user.
     *
     * @param {string} method
     * @param {string} path below the base URL
     * @param {object} [body] sent as JSON
     * @returns {Promise<any>}
     */
    call(method: string, path: string, body?: object): Promise<any>;
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
    fetch(address: string | URL, init?: RequestInit): Promise<Response>;
    #private;
}
export type User = {
    id: string;
    first_name: string;
    last_name: string;
    username: string;
    email: string;
    email_verified: boolean;
    has_password: boolean;
    created_at: string;
    language?: string;
};
export type Session = {
    id: string;
    created_at: string;
    last_seen_at: string;
    expires_at: string;
    user_agent: string;
    ip: string;
    current: boolean;
};
/**
 * `by` is `you`, `operator` or `unknown`
 */
export type SecurityEvent = {
    id: string;
    at: string;
    event: string;
    outcome: string;
    by: string;
    ip: string | null;
    user_agent: string | null;
    session_id: string | null;
};
/**
 * `next` is there when more can be asked for
 */
export type History = {
    events: SecurityEvent[];
    next?: string;
};
export type Grant = {
    user: User;
    session: Session;
    token_type: string;
    expires_in: number;
    access_token?: string;
    recovery_codes?: string[];
};
/**
 * a sign-in that takes one more step; one of `methods` ends it, within `expires_in` seconds
 */
export type Pending = {
    id: string;
    methods: string[];
    expires_in: number;
};
/**
 * what ends a step: the `code`, or for `passkey` the `credential` that {@link askForPasskey} gives
 */
export type Shown = {
    method: string;
    code?: string;
    credential?: object;
};
/**
 * `trust_device`: not to ask this device again for a while
 */
export type StepOptions = {
    trust_device?: boolean;
    remember?: boolean;
};
/**
 * `recovery_codes` are there when the step added an authenticator app, and are shown this once
 */
export type Finished = {
    user: User;
    recovery_codes: string[];
};
/**
 * of an authenticator app: to type, as a link, and as a QR code, an SVG image
 */
export type Seed = {
    secret: string;
    uri: string;
    qr: string;
};
/**
 * an authenticator app (`totp`) or a `passkey`
 */
export type Factor = {
    id: string;
    kind: string;
    name: string;
    created_at: string;
    last_used_at?: string;
};
/**
 * what an account has, and how many recovery codes are left
 */
export type Factors = {
    factors: Factor[];
    recovery_codes: number;
    required: boolean;
    grace_until?: string;
    removed_at?: string;
};
/**
 * `recovery_codes` are there when it is the first, and are shown this once
 */
export type Added = {
    factor: Factor;
    recovery_codes: string[];
};
export type Proof = {
    current_password?: string;
};
/**
 * what can be added, and what signs in without a password
 */
export type FactorRules = {
    second_factor: string;
    methods: string[];
    passwordless: string[];
    trusted_device_days: number;
};
export type Identity = {
    id: string;
    provider: string;
    email: string;
    linked_at: string;
};
export type PasswordRules = {
    min_length: number;
    max_length: number;
};
export type Guarantees = {
    revocation: string;
    store_reads_per_request: number;
};
/**
 * which other credentials a server honours while its clients change over to its own
 */
export type Bridge = {
    accepts: string[];
    percent: number;
    until?: string;
};
export type Strategy = {
    strategy: string;
    format: string;
    transport: string;
    token_type: string;
    verification: string;
    password: PasswordRules;
    providers: {
        id: string;
        name: string;
    }[];
    guarantees: Guarantees;
    bridge?: Bridge;
    factors?: FactorRules;
};
export type FieldProblem = {
    field: string;
    code: string;
    detail: string;
};
export type Registration = {
    first_name: string;
    last_name: string;
    username: string;
    email: string;
    password: string;
};
export type ProfilePatch = Partial<{
    first_name: string;
    last_name: string;
    username: string;
    language: string;
    email: string;
    current_password: string;
}>;
/**
 * an access token and when to renew it, in ms since 1970
 */
export type Token = {
    value: string;
    until: number;
};
/**
 * who is signed in now, and who was; another user is a sign-out and then a sign-in
 */
export type Change = {
    user: User | null;
    was: User | null;
    reason: "signed-in" | "signed-out" | "expired" | "updated";
};
/**
 * `timeout`: how long an answer may take, in ms, 15 s when nothing is said; `apis`: what else may be sent the credential, see {@link AuthClient.fetch}
 */
export type Options = {
    timeout?: number;
    apis?: string[];
};
/**
 * a request and its answer, secrets masked
 */
export type Exchange = {
    method: string;
    url: string;
    status: number;
    ms: number;
    sent: Record<string, string>;
    received: Record<string, string>;
};
