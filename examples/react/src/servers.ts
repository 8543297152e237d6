import { type AuthClient, createClient } from "comprehensive-auth-client";

/** A server of one strategy. Nothing but its address differs between them. */
export interface Server {
  id: string;
  name: string;
  base: string;
}

const { VITE_SESSION_URL, VITE_JWT_URL, VITE_OAUTH_URL } = import.meta.env;

export const servers: [Server, ...Server[]] = [
  { id: "session", name: "Session", base: VITE_SESSION_URL ?? "http://localhost:4001/api/auth" },
  { id: "jwt", name: "JWT", base: VITE_JWT_URL ?? "http://localhost:4002/api/auth" },
  { id: "oauth", name: "OAuth", base: VITE_OAUTH_URL ?? "http://localhost:4003/api/auth" },
];

const NOTE = "react-example:server";

/** The server that was chosen last. */
export function chosen(): Server {
  const id = localStorage.getItem(NOTE);
  return servers.find((one) => one.id === id) ?? servers[0];
}

export function choose(server: Server) {
  localStorage.setItem(NOTE, server.id);
}

const clients = new Map<string, AuthClient>();

/** The client of a server, made once. */
export function clientOf(server: Server): AuthClient {
  const client = clients.get(server.id) ?? createClient(server.base);
  clients.set(server.id, client);
  return client;
}
