// The hooks where pages are rendered for many people at once.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "comprehensive-auth-client";
import { AuthProvider, useAuth, useUser } from "comprehensive-auth-client/react";
import { createElement as h } from "react";
import { renderToString } from "react-dom/server";

function Status() {
  const [{ status, error }, user] = [useAuth(), useUser()];
  return `${status} ${user} ${error}`;
}

test("a server renders nobody, and asks nobody", () => {
  globalThis.fetch = () => assert.fail("a request");
  const client = createClient("https://accounts.example.org/api/auth");
  assert.equal(renderToString(h(AuthProvider, { client }, h(Status))), "loading null null");
});

test("a server renders nobody even for a client that knows somebody", () => {
  const client = { user: { username: "ada" }, on: () => assert.fail("a subscription") };
  assert.equal(renderToString(h(AuthProvider, { client }, h(Status))), "loading null null");
});

test("hooks without a provider say what is missing", () => {
  assert.throws(() => renderToString(h(Status)), /<AuthProvider>/);
});
