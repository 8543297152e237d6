-- ARGV: the ids of a user and a session. Gives when the session began, if it has not ended, and
-- the server that was joined last.
local kept = redis.call('ZSCORE', key('user', ARGV[2]), ARGV[3])
return { kept, redis.call('GET', key('log', 'server')) }
