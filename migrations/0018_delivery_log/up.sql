-- The record of what one webhook was sent, by what became of it and the latest first.
CREATE INDEX webhook_deliveries_by_outcome ON webhook_deliveries (webhook_id, state, event_id);
