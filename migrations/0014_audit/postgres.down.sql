DROP TRIGGER audit_events_stay ON audit_events;
DROP FUNCTION refuse_audit_change();
