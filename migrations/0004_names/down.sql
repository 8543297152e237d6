DROP INDEX users_username_skeleton;
ALTER TABLE users DROP COLUMN username_skeleton;
DROP TABLE shared_keys;
ALTER TABLE limits DROP COLUMN pending_until;
ALTER TABLE limits DROP COLUMN pending;
