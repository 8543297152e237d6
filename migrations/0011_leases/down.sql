ALTER TABLE servers DROP COLUMN told_at;
DROP TABLE lease_state;
DROP TABLE lease_members;
