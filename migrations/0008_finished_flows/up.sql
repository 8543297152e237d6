-- Flows at providers that ended well, for a short while: a browser that loads the callback
-- again is led on. A table of its own, since a server of an earlier version would take a row
-- of `flows` for one that still can be ended.
CREATE TABLE finished_flows (
    state TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    return_to TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX finished_flows_expiry ON finished_flows (expires_at);
