-- ARGV: the session's id. Gives the hash of its secret and the record, and the server that was
-- joined last.
local hash, record = find(ARGV[2])
return { record and { hash, record } or {}, redis.call('GET', key('log', 'server')) }
