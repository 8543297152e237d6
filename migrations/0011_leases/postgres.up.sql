-- Which server this is: the data, the process, and the history, which a promotion changes. Only
-- a server that takes writes can tell.
CREATE FUNCTION lease_server() RETURNS TEXT LANGUAGE sql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT store || '/' || (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint
        || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
    FROM lease_state
$$;

INSERT INTO lease_state (id, number, nonce, store, settled)
VALUES (1, 1, (random() * 9e15)::bigint, gen_random_uuid()::text, '');
-- Nobody can have had a lease before.
UPDATE lease_state SET settled = lease_server();
INSERT INTO revocations (number, nonce, made_at) SELECT number, nonce, 0 FROM lease_state;

-- Triggers write the log on PostgreSQL too: deferred, so that the counter is locked from the
-- very end of a transaction to its commit and no longer. They write it for whoever may change a
-- user or a session, whatever rights that role has besides.
CREATE FUNCTION log_revocation() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    next BIGINT;
    drawn BIGINT := (random() * 9e15)::bigint;
BEGIN
    UPDATE lease_state SET number = number + 1, nonce = drawn WHERE id = 1
        RETURNING number INTO next;
    INSERT INTO revocations (number, nonce, user_id, session_id, made_at) VALUES (
        next, drawn,
        CASE WHEN TG_TABLE_NAME = 'users' THEN old.id END,
        CASE WHEN TG_TABLE_NAME = 'sessions' THEN old.id END,
        (extract(epoch FROM clock_timestamp()) * 1000)::bigint);
    PERFORM pg_notify('revocations', '');
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER revocations_of_changed_users AFTER UPDATE ON users
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ((old.first_name, old.last_name, old.username, old.email, old.email_verified,
       old.password_hash IS NULL, old.disabled, old.generation, old.profile)
      IS DISTINCT FROM
      (new.first_name, new.last_name, new.username, new.email, new.email_verified,
       new.password_hash IS NULL, new.disabled, new.generation, new.profile))
EXECUTE FUNCTION log_revocation();

CREATE CONSTRAINT TRIGGER revocations_of_deleted_users AFTER DELETE ON users
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_revocation();

CREATE CONSTRAINT TRIGGER revocations_of_changed_sessions AFTER UPDATE ON sessions
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ((old.secret IS DISTINCT FROM new.secret AND old.kind <> 'refresh')
      OR (old.user_id, old.kind, old.generation, old.ends_at)
         IS DISTINCT FROM (new.user_id, new.kind, new.generation, new.ends_at)
      OR new.expires_at < old.expires_at)
EXECUTE FUNCTION log_revocation();

CREATE CONSTRAINT TRIGGER revocations_of_deleted_sessions AFTER DELETE ON sessions
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_revocation();
