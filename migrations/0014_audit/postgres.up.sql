-- What was written stays as it was.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is never changed';
END $$;
CREATE TRIGGER audit_events_stay BEFORE UPDATE ON audit_events
FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
