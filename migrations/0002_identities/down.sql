DROP TABLE handovers;
DROP TABLE flows;
DROP TABLE identities;
