DROP TABLE finished_flows;
