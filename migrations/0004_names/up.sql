-- Hits that may still be taken back, and when none of them may any more.
ALTER TABLE limits ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;
ALTER TABLE limits ADD COLUMN pending_until BIGINT NOT NULL DEFAULT 0;

-- Keys that all servers of this database share.
CREATE TABLE shared_keys (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- What a username looks like. Servers fill it in for the names that were there before, or
-- that older servers make; of several that look alike the first one has it.
ALTER TABLE users ADD COLUMN username_skeleton TEXT;
CREATE UNIQUE INDEX users_username_skeleton ON users (username_skeleton);
