-- The family of a session's secrets, by which one that was spent long ago is known; how
-- often the secret has changed; and whether nobody has used the secret yet.
ALTER TABLE sessions ADD COLUMN family TEXT;
ALTER TABLE sessions ADD COLUMN rotations BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN unused BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX sessions_by_family ON sessions (family);

-- Which of its session's changes spent the secret: only the latest are kept.
ALTER TABLE spent_secrets ADD COLUMN number BIGINT NOT NULL DEFAULT 0;

-- The servers that run on this database, what they promise, and where each keeps its
-- sessions.
CREATE TABLE servers (
    id TEXT NOT NULL PRIMARY KEY,
    session_store TEXT NOT NULL,
    access_ttl BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
