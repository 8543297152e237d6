-- By which accounts are searched, in the order of bytes, which SQLite's own indexes have. Those of
-- both names alone are there since 0001.
CREATE INDEX users_by_role ON users (role, username_key) WHERE role IS NOT NULL;
CREATE INDEX users_by_role_and_email ON users (role, email_key) WHERE role IS NOT NULL;
CREATE INDEX users_by_state ON users (disabled, username_key);
CREATE INDEX users_by_state_and_email ON users (disabled, email_key);
