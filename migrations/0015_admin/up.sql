-- What an account may do with others: `admin`, `support`, or nothing. Servers of earlier versions
-- leave it alone.
ALTER TABLE users ADD COLUMN role TEXT;

-- Keys by which programs administer accounts, known by their hash. `maker_id` is the account that
-- made one, where it was made by one; the key is worth nothing without that account's role.
CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_by TEXT NOT NULL,
    maker_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (hash);
CREATE INDEX api_keys_by_maker ON api_keys (maker_id);
CREATE INDEX api_keys_by_expiry ON api_keys (expires_at);
