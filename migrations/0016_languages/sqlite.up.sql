-- A profile shows the language too.
CREATE TRIGGER revocations_of_changed_languages AFTER UPDATE ON users
WHEN old.language IS NOT new.language
BEGIN
    INSERT INTO revocations (number, nonce, user_id, made_at)
    SELECT max(number) + 1, random(), old.id,
           CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
    FROM revocations;
END;
