-- The front end that a mail's links lead to: several servers may share one queue.
ALTER TABLE outbox ADD COLUMN frontend TEXT;

-- Who people are at providers. The index is what makes an identity sign in to one account
-- only.
CREATE TABLE identities (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    email TEXT,
    linked_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX identities_by_subject ON identities (issuer, subject);
CREATE INDEX identities_by_user ON identities (user_id);

-- People who are at a provider and will come back. What links an identity to an account
-- names the account; what signs in does not.
CREATE TABLE flows (
    state TEXT NOT NULL PRIMARY KEY,
    browser TEXT NOT NULL,
    provider TEXT NOT NULL,
    return_to TEXT NOT NULL,
    fresh BOOLEAN NOT NULL,
    started_at BIGINT NOT NULL,
    user_id TEXT,
    session_id TEXT,
    generation BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX flows_by_expiry ON flows (expires_at);

-- Sign-ins that a browser has yet to pick up.
CREATE TABLE handovers (
    code TEXT NOT NULL PRIMARY KEY,
    browser TEXT NOT NULL,
    user_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    auth_time BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX handovers_by_expiry ON handovers (expires_at);
