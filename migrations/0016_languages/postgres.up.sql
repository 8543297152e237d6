-- A profile shows the language too.
CREATE CONSTRAINT TRIGGER revocations_of_changed_languages AFTER UPDATE ON users
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (old.language IS DISTINCT FROM new.language)
EXECUTE FUNCTION log_revocation();
