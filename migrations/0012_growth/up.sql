-- What is looked for now and then is found in an index, however much there is: what is over in
-- the log of revocations, and which parameters the password hashes of sign-ups have (as
-- `users_by_hash_cost` tells those of accounts).
CREATE INDEX revocations_by_time ON revocations (made_at);
CREATE INDEX sign_ups_by_hash_cost ON sign_ups (
    (CASE WHEN length(password_hash) > 67 THEN substr(password_hash, 1, length(password_hash) - 67) END)
);
