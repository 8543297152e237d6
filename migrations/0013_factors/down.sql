DROP TABLE waiting_steps;
DROP TABLE factor_states;
DROP TABLE recovery_codes;
DROP TABLE factors;
ALTER TABLE handovers DROP COLUMN assurance;
ALTER TABLE sessions DROP COLUMN assurance;
