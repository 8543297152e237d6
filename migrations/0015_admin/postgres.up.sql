-- By which accounts are searched, in the order of bytes, whatever the collation of the database.
CREATE INDEX users_by_username ON users (username_key COLLATE "C");
CREATE INDEX users_by_email ON users (email_key COLLATE "C");
CREATE INDEX users_by_role ON users (role, username_key COLLATE "C") WHERE role IS NOT NULL;
CREATE INDEX users_by_role_and_email ON users (role, email_key COLLATE "C") WHERE role IS NOT NULL;
CREATE INDEX users_by_state ON users (disabled, username_key COLLATE "C");
CREATE INDEX users_by_state_and_email ON users (disabled, email_key COLLATE "C");
