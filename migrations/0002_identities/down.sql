DROP TABLE handovers;
DROP TABLE flows;
DROP TABLE identities;
ALTER TABLE outbox DROP COLUMN frontend;
