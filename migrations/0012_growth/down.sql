DROP INDEX sign_ups_by_hash_cost;
DROP INDEX revocations_by_time;
