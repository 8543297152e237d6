-- One schema for SQLite and PostgreSQL. Ids are UUIDs, times are Unix milliseconds,
-- secrets are kept as hashes only.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    email_verified BOOLEAN NOT NULL,
    password_hash TEXT,
    disabled BOOLEAN NOT NULL,
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_username_key ON users (username_key);
CREATE UNIQUE INDEX users_email_key ON users (email_key);
CREATE INDEX users_by_verification ON users (email_verified, created_at);

-- A user has at most one token of each purpose.
CREATE TABLE tokens (
    user_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    hash TEXT NOT NULL,
    data TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, purpose)
);
CREATE UNIQUE INDEX tokens_by_hash ON tokens (hash);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);

-- No foreign key to users: sessions are ended one by one, so that their access tokens
-- can be denied.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    secret TEXT NOT NULL,
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    auth_time BIGINT NOT NULL,
    idle BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    remember BOOLEAN NOT NULL,
    user_agent TEXT NOT NULL,
    ip TEXT NOT NULL,
    tokens_until BIGINT NOT NULL
);
CREATE UNIQUE INDEX sessions_by_secret ON sessions (secret);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The secrets a session had before, kept as long as the session, to tell a repeated
-- use from theft.
CREATE TABLE spent_secrets (
    secret TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    salt TEXT NOT NULL,
    spent_at BIGINT NOT NULL
);
CREATE INDEX spent_secrets_by_session ON spent_secrets (session_id);

-- Ended sessions whose access tokens are not yet expired.
CREATE TABLE denials (
    session_id TEXT NOT NULL PRIMARY KEY,
    denied_until BIGINT NOT NULL
);
CREATE INDEX denials_by_expiry ON denials (denied_until);

CREATE TABLE limits (
    key TEXT NOT NULL PRIMARY KEY,
    hits INTEGER NOT NULL,
    ends_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
CREATE INDEX limits_by_expiry ON limits (ends_at);

CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    cause TEXT NOT NULL,
    recipient TEXT NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX outbox_by_cause ON outbox (cause);
CREATE INDEX outbox_by_due ON outbox (due_at);
CREATE INDEX outbox_by_user ON outbox (user_id);
