DROP TRIGGER audit_events_stay;
