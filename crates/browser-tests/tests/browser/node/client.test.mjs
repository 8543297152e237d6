// The client where there is no window, no document and no storage.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { AuthError, createClient } from "comprehensive-auth-client";

const BASE = "https://accounts.example.org/api/auth";
const ADA = { id: "1", first_name: "Ada", username: "ada" };

const real = globalThis.fetch;
/** Every request: its method, address and what speaks for a person. */
let asked;
/** What a server answers, after the path of its address. */
let answers;

beforeEach(() => {
  [asked, answers] = [[], {}];
  globalThis.fetch = async (url, { method = "GET", headers, credentials, body: sent }) => {
    const [authorization, ifUser] = [headers.get("Authorization"), headers.get("If-User")];
    asked.push({ method, url: String(url), authorization, ifUser, credentials });
    const { status = 200, ...body } = answers[url.pathname]?.(typeof sent === "string" ? JSON.parse(sent) : undefined) ?? {};
    return new Response(JSON.stringify(body), { status });
  };
});

afterEach(() => {
  globalThis.fetch = real;
});

/** Answers as a server that hands out tokens, a new one each time. */
function bearer() {
  let count = 0;
  const grant = () => ({ user: ADA, access_token: `token-${(count += 1)}`, expires_in: 300 });
  answers["/api/auth/strategy"] = () => ({ token_type: "Bearer", format: "jwt", transport: "bearer" });
  answers["/api/auth/login"] = grant;
  answers["/api/auth/refresh"] = grant;
}

/** Answers as a server with sessions in cookies. */
function cookie() {
  answers["/api/auth/strategy"] = () => ({ token_type: "Cookie", format: "opaque", transport: "cookie" });
  answers["/api/auth/login"] = () => ({ user: ADA, expires_in: 300 });
}

async function signedIn(options) {
  const client = createClient(BASE, options);
  await client.signIn({ identifier: "ada", password: "secret" });
  await client.strategy();
  asked.length = 0;
  return client;
}

test("nobody is signed in at first, and nobody is asked", async () => {
  const client = createClient(BASE);
  assert.equal(await client.resume(), null);
  assert.equal(await client.arrive(), null);
  assert.equal(client.user, null);
  assert.equal(client.mayBeSignedIn, false);
  assert.equal(client.isCrossSite, false);
  assert.equal(asked.length, 0);
  client.close();
});

test("a relative base has nothing to hold on to", () => {
  assert.throws(() => createClient("/api/auth"), TypeError);
});

test("only a page leaves for a provider", () => {
  assert.throws(() => createClient(BASE).leaveFor("dev", "https://app.example.org"), TypeError);
});

test("two clients of one server share nothing", async () => {
  bearer();
  const [one, other] = [await signedIn(), createClient(BASE)];
  let heard = 0;
  other.on("change", () => (heard += 1));
  await one.refresh();
  assert.equal(one.user.username, "ada");
  assert.equal(other.user, null);
  assert.equal(other.mayBeSignedIn, false);
  assert.equal(await other.resume(), null);
  await one.signOut();
  assert.equal(heard, 0);
});

test("a change is told with its detail", async () => {
  bearer();
  const client = createClient(BASE);
  const heard = [];
  const stop = client.on("change", ({ user, reason }) => heard.push([reason, user?.id]));
  await client.signIn({ identifier: "ada", password: "secret" });
  stop();
  await client.signOut();
  assert.deepEqual(heard, [["signed-in", "1"]]);
});

test("who stays the same stays the same object", async () => {
  bearer();
  const client = await signedIn();
  const before = client.user;
  answers["/api/auth/profile"] = () => ({ ...ADA });
  await client.profile();
  assert.equal(client.user, before);
});

test("a cookie that nothing keeps is told of", async () => {
  cookie();
  answers["/api/auth/profile"] = () => ({ status: 401, code: "unauthenticated", detail: "no" });
  await assert.rejects(signedIn(), (error) => error instanceof AuthError && error.code === "cookies_blocked");
});

test("a token goes to the server and to the named APIs, and nowhere else", async () => {
  bearer();
  const apis = ["https://api.example.org/v1", "https://other.example.org", "/api/"];
  const client = await signedIn({ apis });
  const welcome = [
    "/orders",
    "profile",
    "https://accounts.example.org/anything",
    new URL("https://api.example.org/v1"),
    "https://api.example.org/v1/",
    "https://api.example.org/v1/a/../b?to=..%2f",
    "https://api.example.org:443/v1/a",
    "https://other.example.org/a%2fb",
  ];
  for (const address of welcome) await client.fetch(address);
  assert.equal(asked.length, welcome.length);
  for (const { url, authorization, credentials } of asked) {
    assert.equal(authorization, "Bearer token-1", url);
    assert.equal(credentials, url.startsWith("https://accounts.example.org/") ? "include" : "omit", url);
  }
  asked.length = 0;
  const refused = [
    "https://evil.example/",
    "//evil.example/v1/",
    "http://api.example.org/v1/",
    "https://api.example.org/",
    "https://api.example.org/v10",
    "https://api.example.org/V1/",
    "https://api.example.org/v1/../v2",
    "https://api.example.org/v1/%2e%2E/v2",
    "https://api.example.org/v1/..%2fv2",
    "https://api.example.org/v1/..%5cv2",
    "https://api.example.org/v1/%252e%252e%252fv2",
    "https://api.example.org/v1/..;/v2",
    "https://api.example.org/v1\\..\\v2",
    "https://api.example.org/%761/",
    "https://api.example.org:8443/v1/",
    "https://api.example.org./v1/",
    "https://api.example.org.evil.example/v1/",
    "https://api.example.org@evil.example/v1/",
    "https://api.example.org\\@evil.example/v1/",
    "https://ada:secret@api.example.org/v1/",
    "https://ada@accounts.example.org/orders",
    "https://accounts.example.org:8443/orders",
    "blob:https://api.example.org/v1/",
    "data:,v1",
  ];
  for (const address of refused) await assert.rejects(client.fetch(address), TypeError, address);
  assert.deepEqual(asked, []);
});

test("what can't be matched exactly can't be named", () => {
  const wrong = ["ftp://api.example.org/", "https://a:b@api.example.org/", "https://api.example.org/?a", "https://api.example.org/#a", "https://api.example.org/a%2fb/", "data:,a", "https://"];
  for (const api of wrong) assert.throws(() => createClient(BASE, { apis: [api] }), TypeError, api);
});

test("a change names its user to an API too", async () => {
  bearer();
  const client = await signedIn({ apis: ["https://api.example.org"] });
  await client.fetch("https://api.example.org/", { method: "POST" });
  await client.fetch("https://api.example.org/");
  assert.deepEqual(asked.map(({ ifUser }) => ifUser), ["1", null]);
});

test("a refusal by an API is refreshed once and tried once more", async () => {
  bearer();
  const client = await signedIn({ apis: ["https://api.example.org"] });
  answers["/v1"] = () => ({ status: 401 });
  const { status } = await client.fetch("https://api.example.org/v1");
  assert.equal(status, 401);
  const sent = asked.map(({ url, authorization }) => [new URL(url).pathname, authorization]);
  assert.deepEqual(sent, [["/v1", "Bearer token-1"], ["/api/auth/refresh", "Bearer token-1"], ["/v1", "Bearer token-2"]]);
  assert.equal(client.user.username, "ada");
});

test("a body that flows is not sent twice", async () => {
  bearer();
  const client = await signedIn({ apis: ["https://api.example.org"] });
  answers["/v1"] = () => ({ status: 401 });
  const body = new Blob(["content"]).stream();
  await client.fetch("https://api.example.org/v1", { method: "POST", body, duplex: "half" });
  assert.equal(asked.filter(({ url }) => url.endsWith("/v1")).length, 1);
});

test("no cookie of a session goes to another origin, whose refusal signs nobody out", async () => {
  cookie();
  answers["/api/auth/profile"] = () => ADA;
  const client = await signedIn({ apis: ["https://api.example.org"] });
  answers["/v1"] = () => ({ status: 401 });
  const { status } = await client.fetch("https://api.example.org/v1");
  assert.equal(status, 401);
  assert.deepEqual(asked.map(({ credentials, authorization }) => [credentials, authorization]), [["omit", null]]);
  assert.equal(client.user.username, "ada");
});

test("a stranger's refusal by an API is just an answer", async () => {
  bearer();
  const client = createClient(BASE, { apis: ["https://api.example.org"] });
  answers["/v1"] = () => ({ status: 401 });
  assert.equal((await client.fetch("https://api.example.org/v1")).status, 401);
  assert.equal(asked.length, 1);
});

const PENDING = { id: "waits", methods: ["totp", "recovery_code"], expires_in: 600 };

test("a sign-in that takes one more step says so, and signs nobody in", async () => {
  bearer();
  answers["/api/auth/login"] = () => ({ pending: PENDING });
  const client = createClient(BASE);
  const refused = (error) => error instanceof AuthError && error.code === "pending" && error.pending.id === "waits";
  await assert.rejects(client.signIn({ identifier: "ada", password: "secret" }), refused);
  answers["/api/auth/verify"] = () => ({ pending: PENDING });
  await assert.rejects(client.verify("token", "secret"), refused);
  assert.equal(client.user, null);
  assert.equal(client.mayBeSignedIn, false);
});

test("one more step ends the sign-in, or leads to another one", async () => {
  bearer();
  const client = createClient(BASE);
  const sent = [];
  const grant = { user: ADA, access_token: "token", expires_in: 300, recovery_codes: ["abcde"] };
  const told = [{ pending: PENDING }, grant];
  answers["/api/auth/login/factor"] = (body) => sent.push(body) && told[sent.length - 1];
  const mailed = { method: "mail_code", code: "12345678" };
  await assert.rejects(client.finishSignIn({ ...PENDING, id: "mail" }, mailed, { remember: true }), { code: "pending" });
  const { user, recovery_codes } = await client.finishSignIn(PENDING, { method: "totp", code: "123456" });
  assert.deepEqual(sent, [
    { pending: "mail", ...mailed, remember: true, refresh: "cookie" },
    { pending: "waits", method: "totp", code: "123456", refresh: "cookie" },
  ]);
  assert.deepEqual([user.username, client.user.username, recovery_codes], ["ada", "ada", ["abcde"]]);
});

test("a wrong code is no reason to sign in anew", async () => {
  bearer();
  const client = await signedIn();
  answers["/api/auth/factors/verify"] = () => ({ status: 401, code: "invalid_factor", detail: "wrong" });
  await assert.rejects(client.showFactor({ method: "totp", code: "000000" }), { code: "invalid_factor" });
  assert.deepEqual(asked.map(({ url }) => new URL(url).pathname), ["/api/auth/factors/verify"]);
  assert.equal(client.user.username, "ada");
});
