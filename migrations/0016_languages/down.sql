ALTER TABLE outbox DROP COLUMN languages;
ALTER TABLE users DROP COLUMN language;
