-- The audit trail: who did what to whom, when, from where, and what came of it. Ids grow with time,
-- so whatever is looked for comes in its order. Nothing in it refers to a row that may go.
CREATE TABLE audit_events (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    outcome TEXT NOT NULL,
    actor TEXT,
    user_id TEXT,
    session_id TEXT,
    ip TEXT,
    user_agent TEXT,
    request_id TEXT,
    details TEXT
);
CREATE INDEX audit_events_by_user ON audit_events (user_id, id);
CREATE INDEX audit_events_by_actor ON audit_events (actor, id);
CREATE INDEX audit_events_by_event ON audit_events (event, id);
