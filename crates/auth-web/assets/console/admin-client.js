/** The admin API, called as whoever is signed in: credential, refusals and patience are those of the client. */

const ROOT = "/api/admin";

/** Parameters, without those that say nothing. */
function query(parameters) {
  const said = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return said.length ? `?${new URLSearchParams(said)}` : "";
}

/**
 * What the pages ask for.
 *
 * @param {() => import("../client.js").AuthClient} client the one of the moment
 */
export function adminClient(client) {
  const call = (method, where, body) => client().call(method, `${ROOT}${where}`, body);
  return {
    get: (where, parameters = {}) => call("GET", where + query(parameters)),
    post: (where, body) => call("POST", where, body),
    put: (where, body) => call("PUT", where, body),
    patch: (where, body) => call("PATCH", where, body),
    delete: (where) => call("DELETE", where),
  };
}
