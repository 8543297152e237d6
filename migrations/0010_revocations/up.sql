-- The log of what makes kept answers about sessions and users worthless: of each change,
-- whose it was. Numbers follow each other without a gap; of what is older than an hour only
-- the last entry stays. The nonce tells an entry from one of the same number in a log that
-- was begun anew.
CREATE TABLE revocations (
    number BIGINT NOT NULL PRIMARY KEY,
    nonce BIGINT NOT NULL,
    user_id TEXT,
    session_id TEXT,
    made_at BIGINT NOT NULL
);
