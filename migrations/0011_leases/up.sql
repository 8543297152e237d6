-- The servers that keep answers about the sessions and users of this database, each for as
-- long as its lease: up to which number of the log it has heard, and up to which its latest
-- lease knew of.
CREATE TABLE lease_members (
    incarnation TEXT NOT NULL PRIMARY KEY,
    lease BIGINT NOT NULL,
    applied BIGINT NOT NULL,
    granted BIGINT NOT NULL
);

-- The last number of the log, which whoever writes an entry locks until it is committed; an id
-- of the data; and the server of which all leases of earlier ones have been waited out.
CREATE TABLE lease_state (
    id BIGINT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    nonce BIGINT NOT NULL,
    store TEXT NOT NULL,
    settled TEXT NOT NULL
);

-- When a server last told of itself that writes each end of a credential into a log. An earlier
-- version leaves it as it is, and keeps only SEEN_AT new: beside that one no answer is kept.
ALTER TABLE servers ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
