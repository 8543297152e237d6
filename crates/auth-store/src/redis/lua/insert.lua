-- ARGV: the session's id, its user's id, when it was created, the hash and family of its
-- secret, the record; how long the record is kept, what is known of the user, and what is
-- known of its secrets. Gives the records of the user's sessions.
local id, user, created, hash, family, record = unpack(ARGV, 2, 7)
redis.call('ZADD', key('user', user), created, id)
save(id, hash, record, user, ARGV[8], ARGV[9])
join_family(id, family, ARGV[10])
return records_of(user)
