-- ARGV: the session's id. Gives the hash of its secret, and the record.
local hash, record = find(ARGV[2])
return record and { hash, record }
