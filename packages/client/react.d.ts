/**
 * Tells the components below it who is signed in. When it appears it brings back who was signed in before
 * a reload; when its page slept, or was left and is come back to, it asks anew.
 *
 * @param {{client: AuthClient, children?: import("react").ReactNode}} properties another `client` is another server
 * @returns {import("react").ReactElement}
 */
export function AuthProvider({ client, children }: {
    client: AuthClient;
    children?: import("react").ReactNode;
}): import("react").ReactElement;
/**
 * Who is signed in and how sure that is, with the client that acts for them.
 *
 * @returns {Auth}
 * @throws {Error} outside of an {@link AuthProvider}
 */
export function useAuth(): Auth;
/**
 * Who is signed in; null while nobody is, or nobody is known to be.
 *
 * @returns {User | null}
 */
export function useUser(): User | null;
export type AuthClient = import("./client.js").AuthClient;
export type User = import("./client.js").User;
/**
 * `loading` until the server said who is here, and on servers that render; `unreachable` when it could not be asked
 */
export type Status = "loading" | "signed-in" | "signed-out" | "unreachable";
/**
 * what is known; `error` says why nothing is, when `unreachable`
 */
export type State = {
    user: User | null;
    status: Status;
    error: unknown;
};
/**
 * what {@link useAuth} gives; `retry` asks the server again
 */
export type Auth = State & {
    client: AuthClient;
    retry: () => void;
};
