DROP TRIGGER revocations_of_changed_users ON users;
DROP TRIGGER revocations_of_deleted_users ON users;
DROP TRIGGER revocations_of_changed_sessions ON sessions;
DROP TRIGGER revocations_of_deleted_sessions ON sessions;
DROP FUNCTION log_revocation();
DROP FUNCTION lease_server();
DELETE FROM revocations;
