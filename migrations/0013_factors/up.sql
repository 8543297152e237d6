-- By what the person of a session has proven who they are; nothing where no server that knew
-- wrote it. Servers of earlier versions leave it alone.
ALTER TABLE sessions ADD COLUMN assurance TEXT;
ALTER TABLE handovers ADD COLUMN assurance TEXT;

-- What accounts have of second factors: the encrypted seed of an authenticator app with the last
-- step that was taken, or a passkey with what it is checked by.
CREATE TABLE factors (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    seed TEXT,
    last_step BIGINT,
    credential_id TEXT,
    passkey TEXT
);
CREATE INDEX factors_by_user ON factors (user_id);
CREATE UNIQUE INDEX factors_by_credential ON factors (credential_id);

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- What is known of the factors of an account as a whole. Accounts of which nothing is known have
-- no row.
CREATE TABLE factor_states (
    user_id TEXT NOT NULL PRIMARY KEY,
    required BOOLEAN NOT NULL,
    changed_at BIGINT,
    lacking_since BIGINT,
    reset_at BIGINT
);
CREATE INDEX factor_states_by_reset ON factor_states (reset_at);

-- Sign-ins and changes of factors that take one more step, found by two secrets of which the
-- client has both.
CREATE TABLE waiting_steps (
    handle TEXT NOT NULL PRIMARY KEY,
    client TEXT NOT NULL,
    waits_for TEXT NOT NULL,
    user_id TEXT,
    generation BIGINT,
    proven_at BIGINT,
    remember BOOLEAN,
    identity_id TEXT,
    assurance TEXT,
    scheme TEXT,
    factor_id TEXT,
    data TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX waiting_steps_by_expiry ON waiting_steps (expires_at);
