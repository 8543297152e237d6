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
/**
 * @param {string} baseUrl where the contract hangs, such as `https://accounts.example.org/api/auth`; absolute, except in a page
 * @param {Options} [options]
 */
export function createClient(baseUrl: string, options?: Options): AuthClient;
/**
 * An error the server answered with. Without an answer of the contract: `unreachable` when there was none,
 * `unreadable` when it was something else, `cookies_blocked` when the browser keeps the server's cookies back.
 */
export class AuthError extends Error {
    /**
     * @param {{status: number, code: string, detail: string, errors?: FieldProblem[], request_id?: string, retryAfter?: number}} problem
     */
    constructor(problem: {
        status: number;
        code: string;
        detail: string;
        errors?: FieldProblem[];
        request_id?: string;
        retryAfter?: number;
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
     * chosen at the sign-up, or the account's, is missing or wrong.
     *
     * @param {string} token
     * @param {string} [password] may be left out by who is signed in to the account
     * @returns {Promise<User>}
     */
    verify(token: string, password?: string): Promise<User>;
    /** @param {string} email */
    resendVerification(email: string): Promise<void>;
    /**
     * @param {{identifier: string, password: string, remember?: boolean}} credentials
     * @returns {Promise<User>}
     */
    signIn(credentials: {
        identifier: string;
        password: string;
        remember?: boolean;
    }): Promise<User>;
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
    /** @param {string} id */
    revokeSession(id: string): Promise<void>;
    /** @returns {Promise<number>} how many devices were signed out */
    revokeOtherSessions(): Promise<number>;
    /** @returns {Promise<Identity[]>} */
    identities(): Promise<Identity[]>;
    /** @param {string} id */
    unlink(id: string): Promise<void>;
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
     * server can't be reached, it stays there for another try.
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
export type Grant = {
    user: User;
    session: Session;
    token_type: string;
    expires_in: number;
    access_token?: string;
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
