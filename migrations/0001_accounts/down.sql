DROP TABLE outbox;
DROP TABLE limits;
DROP TABLE denials;
DROP TABLE spent_secrets;
DROP TABLE sessions;
DROP TABLE tokens;
DROP TABLE users;
