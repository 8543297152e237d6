/**
 * The admin API, called as whoever is signed in: credential, refusals and patience are those of the client. Any
 * change may want a second factor that was shown lately: it is asked for, and the change goes on.
 */

import { withStep } from "../proof.js";

const ROOT = "/api/admin";

/** Parameters, without those that say nothing. */
function query(parameters) {
  const said = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return said.length ? `?${new URLSearchParams(said)}` : "";
}

/**
 * What the pages ask for.
 *
 * @param {() => { client: import("../client.js").AuthClient }} app the state that they work with
 */
export function adminClient(app) {
  const call = (method, where, body) => app().client.call(method, `${ROOT}${where}`, body);
  const change = (method) => (where, body) => withStep(app(), () => call(method, where, body));
  return {
    get: (where, parameters = {}) => call("GET", where + query(parameters)),
    post: change("POST"),
    put: change("PUT"),
    patch: change("PATCH"),
    delete: change("DELETE"),
  };
}
