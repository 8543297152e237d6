// An OpenID provider on 127.0.0.1 for tests: node server.mjs PORT
//
// It believes whoever logs in: the login name is the subject, and any password does. Clients
// register themselves (RFC 7591). POST /__test/rotate-keys makes a new signing key and keeps
// publishing the old ones; with ?drop_old=true those are gone. Sessions, grants and clients
// survive that, and all of it lives in memory only.

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const cookieKeys = [randomBytes(32).toString('hex')];

const refusals = [
  'authorization.error',
  'grant.error',
  'registration_create.error',
  'server_error',
  'userinfo.error',
];

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' });
  return { ...jwk, kid: randomUUID(), alg: 'RS256', use: 'sig' };
}

function person(login) {
  const given = login.charAt(0).toUpperCase() + login.slice(1);
  return {
    sub: login,
    email: `${login}@example.net`,
    email_verified: !login.startsWith('unverified'),
    given_name: given,
    family_name: 'Example',
    name: `${given} Example`,
    preferred_username: login,
  };
}

/** A provider that signs with the first of the keys. What it stores is shared with the next. */
function newProvider(keys) {
  const provider = new Provider(issuer, {
    jwks: { keys },
    cookies: { keys: cookieKeys },
    clientAuthMethods: ['client_secret_basic', 'none'],
    pkce: { required: () => true, methods: ['S256'] },
    scopes: ['openid', 'profile', 'email'],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['given_name', 'family_name', 'name', 'preferred_username'],
    },
    findAccount: (_, login) => ({ accountId: login, claims: () => person(login) }),
    features: { devInteractions: { enabled: true }, registration: { enabled: true } },
  });
  for (const event of refusals) {
    provider.on(event, (_, error) => console.error(event, error.error_description ?? error));
  }
  return provider;
}

let keys = [newKey()];
let handle = newProvider(keys).callback();

function rotateKeys(dropOld) {
  keys = dropOld ? [newKey()] : [newKey(), ...keys];
  handle = newProvider(keys).callback();
}

function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, issuer);
  if (request.method === 'POST' && pathname === '/__test/rotate-keys') {
    rotateKeys(searchParams.get('drop_old') === 'true');
    response.writeHead(204).end();
    return;
  }
  // The pages import a font from the internet, which tests must not wait for.
  response.setHeader('Content-Security-Policy', "style-src 'unsafe-inline'");
  handle(request, response);
}

createServer(answer).listen(port, '127.0.0.1');
