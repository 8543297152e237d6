DROP TRIGGER audit_events_go_out ON audit_events;
DROP FUNCTION queue_webhooks();
