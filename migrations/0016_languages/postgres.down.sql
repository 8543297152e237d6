DROP TRIGGER revocations_of_changed_languages ON users;
