-- Triggers write the log, so that it holds whoever changes something: a server of an earlier
-- version, or a person by hand. Of a time they want the Unix milliseconds only, by functions
-- that every SQLite has.

INSERT INTO revocations (number, nonce, made_at) VALUES (1, random(), 0);

-- Whatever a profile shows or a credential depends on. A password that is merely hashed
-- anew is neither.
CREATE TRIGGER revocations_of_changed_users AFTER UPDATE ON users
WHEN (old.first_name, old.last_name, old.username, old.email, old.email_verified,
      old.password_hash IS NULL, old.disabled, old.generation, old.profile)
     IS NOT
     (new.first_name, new.last_name, new.username, new.email, new.email_verified,
      new.password_hash IS NULL, new.disabled, new.generation, new.profile)
BEGIN
    INSERT INTO revocations (number, nonce, user_id, made_at)
    SELECT max(number) + 1, random(), old.id,
           CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
    FROM revocations;
END;

CREATE TRIGGER revocations_of_deleted_users AFTER DELETE ON users
BEGIN
    INSERT INTO revocations (number, nonce, user_id, made_at)
    SELECT max(number) + 1, random(), old.id,
           CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
    FROM revocations;
END;

-- A refresh token leaves the access tokens alone that were issued before; every other secret
-- is the credential itself. A use that is noted is no change.
CREATE TRIGGER revocations_of_changed_sessions AFTER UPDATE ON sessions
WHEN (old.secret IS NOT new.secret AND old.kind IS NOT 'refresh')
     OR (old.user_id, old.kind, old.generation, old.ends_at)
        IS NOT (new.user_id, new.kind, new.generation, new.ends_at)
     OR new.expires_at < old.expires_at
BEGIN
    INSERT INTO revocations (number, nonce, session_id, made_at)
    SELECT max(number) + 1, random(), old.id,
           CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
    FROM revocations;
END;

CREATE TRIGGER revocations_of_deleted_sessions AFTER DELETE ON sessions
BEGIN
    INSERT INTO revocations (number, nonce, session_id, made_at)
    SELECT max(number) + 1, random(), old.id,
           CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
    FROM revocations;
END;
