-- Sign-ups that wait for their link: no accounts yet, several of them for one address,
-- whether or not an account has it. Each holds its username until it expires. It has the
-- id that its account will have.
CREATE TABLE sign_ups (
    id TEXT NOT NULL PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL,
    username_skeleton TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sign_ups_username_key ON sign_ups (username_key);
CREATE INDEX sign_ups_by_skeleton ON sign_ups (username_skeleton);
CREATE INDEX sign_ups_by_email ON sign_ups (email_key, id);
CREATE INDEX sign_ups_by_expiry ON sign_ups (expires_at);

-- When a mail is due that servers from before this version can't write: for them it never
-- is. It takes the place of due_at.
ALTER TABLE outbox ADD COLUMN ready_at BIGINT;
CREATE INDEX outbox_by_readiness ON outbox (COALESCE(ready_at, due_at));
CREATE INDEX outbox_by_recipient ON outbox (recipient);

-- The parameters of a password hash: what stands before its salt (22 characters), its
-- output (43) and the two signs between. Which of them are in use is looked up here.
CREATE INDEX users_by_hash_cost ON users (
    (CASE WHEN length(password_hash) > 67 THEN substr(password_hash, 1, length(password_hash) - 67) END)
);

-- The identity that opened a session or a hand-over ends it when it is unlinked.
ALTER TABLE sessions ADD COLUMN identity_id TEXT;
ALTER TABLE handovers ADD COLUMN identity_id TEXT;
