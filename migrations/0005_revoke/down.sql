DROP TABLE servers;
ALTER TABLE spent_secrets DROP COLUMN number;
DROP INDEX sessions_by_family;
ALTER TABLE sessions DROP COLUMN unused;
ALTER TABLE sessions DROP COLUMN rotations;
ALTER TABLE sessions DROP COLUMN family;
