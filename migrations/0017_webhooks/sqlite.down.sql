DROP TRIGGER audit_events_go_out;
