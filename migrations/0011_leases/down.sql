DROP TABLE lease_state;
DROP TABLE lease_members;
