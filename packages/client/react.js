"use client";

/**
 * React hooks for the client: who is signed in, and whether that is known yet.
 *
 *     const auth = createClient("https://accounts.example.org/api/auth");
 *     <AuthProvider client={auth}><App /></AuthProvider>
 *
 *     const user = useUser();                    // null while nobody is signed in
 *     const { status, client } = useAuth();      // client.signIn(…), client.signOut(), client.fetch(…)
 *
 * @module
 */

import { createContext, createElement, useContext, useEffect, useMemo, useSyncExternalStore } from "react";

/** @typedef {import("./client.js").AuthClient} AuthClient */
/** @typedef {import("./client.js").User} User */
/** @typedef {"loading" | "signed-in" | "signed-out" | "unreachable"} Status `loading` until the server said who is here, and on servers that render; `unreachable` when it could not be asked */
/** @typedef {{user: User | null, status: Status, error: unknown}} State what is known; `error` says why nothing is, when `unreachable` */
/** @typedef {State & {client: AuthClient, retry: () => void}} Auth what {@link useAuth} gives; `retry` asks the server again */

/** What a server renders, and what a browser that takes its document over begins with. @type {State} */
const UNKNOWN = { user: null, status: "loading", error: null };

/** How long a page may have been hidden before it asks anew who is signed in, in ms. */
const SLEEP = 60_000;

/** What the components of a page see of one client: all of them the same, by one subscription. */
class Store {
  /** @type {State} */
  #state;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #stop = () => {};
  #isAsking = false;
  #client;

  /** @param {AuthClient} client */
  constructor(client) {
    this.#client = client;
    this.#state = known(client.user) ?? UNKNOWN;
  }

  get = () => this.#state;

  /** @param {() => void} listener */
  subscribe = (listener) => {
    if (this.#listeners.size === 0) this.#open();
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  /** Asks the server who is signed in; once, however many want to know. */
  ask = async () => {
    if (this.#isAsking) return;
    this.#isAsking = true;
    if (this.#state.status === "unreachable") this.#set(UNKNOWN);
    try {
      await this.#client.resume();
      this.#learn(this.#client.user);
    } catch (error) {
      if (this.#client.user === null) this.#set({ user: null, status: "unreachable", error });
    } finally {
      this.#isAsking = false;
    }
  };

  /** Takes up again after a pause: what failed is tried anew, and who was here may have left. */
  wake = () => {
    if (this.#state.status === "unreachable") this.ask();
    else this.#client.check().catch(() => null);
  };

  /** Hears of changes, and takes in what changed while nobody listened. */
  #open() {
    this.#stop = this.#client.on("change", ({ user }) => this.#learn(user));
    if (this.#client.user !== this.#state.user) this.#learn(this.#client.user);
  }

  /** @param {User | null} user */
  #learn(user) {
    this.#set(known(user) ?? { user: null, status: "signed-out", error: null });
  }

  /** @param {State} state */
  #set(state) {
    const { user, status } = this.#state;
    if (state.user === user && state.status === status && state.error === null) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

/**
 * @param {User | null} user
 * @returns {State | null}
 */
function known(user) {
  return user && { user, status: "signed-in", error: null };
}

/** One store for a client, however often React makes its provider. @type {WeakMap<AuthClient, Store>} */
const stores = new WeakMap();

/** @param {AuthClient} client */
function storeOf(client) {
  const store = stores.get(client) ?? new Store(client);
  stores.set(client, store);
  return store;
}

const Context = createContext(/** @type {Auth | null} */ (null));

/**
 * Tells the components below it who is signed in. When it appears it brings back who was signed in before
 * a reload; when its page slept, or was left and is come back to, it asks anew.
 *
 * @param {{client: AuthClient, children?: import("react").ReactNode}} properties another `client` is another server
 * @returns {import("react").ReactElement}
 */
export function AuthProvider({ client, children }) {
  const store = storeOf(client);
  const state = useSyncExternalStore(store.subscribe, store.get, () => UNKNOWN);
  useEffect(() => void store.ask(), [store]);
  useEffect(() => whenWoken(store.wake), [store]);
  const value = useMemo(() => ({ ...state, client, retry: store.ask }), [state, client, store]);
  return createElement(Context.Provider, { value }, children);
}

/**
 * Who is signed in and how sure that is, with the client that acts for them.
 *
 * @returns {Auth}
 * @throws {Error} outside of an {@link AuthProvider}
 */
export function useAuth() {
  const auth = useContext(Context);
  if (auth === null) throw new Error("useAuth and useUser need an <AuthProvider> above them");
  return auth;
}

/**
 * Who is signed in; null while nobody is, or nobody is known to be.
 *
 * @returns {User | null}
 */
export function useUser() {
  return useAuth().user;
}

/**
 * Calls back when a page is shown after a long time, or again after it was left.
 *
 * @param {() => void} wake
 * @returns {() => void} stops watching
 */
function whenWoken(wake) {
  let hiddenAt = Date.now();
  const shown = () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (Date.now() - hiddenAt > SLEEP) wake();
  };
  const cameBack = (/** @type {PageTransitionEvent} */ event) => {
    if (event.persisted) wake();
  };
  document.addEventListener("visibilitychange", shown);
  addEventListener("pageshow", cameBack);
  return () => {
    document.removeEventListener("visibilitychange", shown);
    removeEventListener("pageshow", cameBack);
  };
}
