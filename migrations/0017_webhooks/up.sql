-- Receivers that are told of what the audit trail tells. `events` is `*`, or names with a blank
-- before and after each; secrets are encrypted. `failing_since` is when the first delivery failed
-- after the last one that succeeded.
CREATE TABLE webhook_endpoints (
    id TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    events TEXT NOT NULL,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_until BIGINT,
    created_at BIGINT NOT NULL,
    enabled BOOLEAN NOT NULL,
    disabled_at BIGINT,
    disabled_reason TEXT,
    failing_since BIGINT
);
CREATE INDEX webhook_endpoints_by_state ON webhook_endpoints (enabled, id);

-- What they are sent: each event once to each of them. The payload is written down with the event,
-- so that every try sends the same bytes. `due_at` is when it is tried next, while somebody tries
-- it until when nobody else does, and for what is over when it ended. No foreign key refers to the
-- endpoint: where one is deleted meanwhile, what goes on elsewhere must not fail for it.
CREATE TABLE webhook_deliveries (
    webhook_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    delivered_at BIGINT,
    last_status INTEGER,
    last_error TEXT,
    PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (webhook_id, state, due_at);
CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries (due_at);
