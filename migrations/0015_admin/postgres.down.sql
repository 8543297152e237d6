DROP INDEX users_by_state_and_email;
DROP INDEX users_by_state;
DROP INDEX users_by_role_and_email;
DROP INDEX users_by_role;
DROP INDEX users_by_email;
DROP INDEX users_by_username;
