-- ARGV: the session's id, its user's id, the hash of its secret, the record as it was read,
-- the record to be; how long that is kept, what is known of the user, and what is known of its
-- secrets. For a change of the secret also the family of the spent one, the hash and family of
-- its successor, the mark of the spent one, and how many of them are kept; and the caller's time
-- if the spent one was the credential itself. Does nothing, and says so, when the record is
-- another one by now.
--
-- Nothing is taken away before what takes its place is there: should a step be refused, the
-- session goes on as it was. A server that is out of memory fails no script that has written
-- already, which is what removing nobody is for: who is signed in stays so.
local id, user, hash, read, record = unpack(ARGV, 2, 6)
local record_ms, user_ms, secrets_ms = unpack(ARGV, 7, 9)
local family, next_hash, next_family, mark, kept, now = unpack(ARGV, 10, 15)
if redis.call('GET', key('session', hash)) ~= read then return 0 end
redis.call('ZREM', key('user', user), '')
if not next_hash then
  save(id, hash, record, user, record_ms, user_ms)
  return 1
end

local chain = key('chain', id)
redis.call('SET', key('spent', hash), mark, 'PX', secrets_ms)
local number = redis.call('HINCRBY', chain, 'count', 1)
redis.call('HSET', chain, number, hash)
local too_old = redis.call('HGET', chain, number - kept)
if too_old then
  redis.call('DEL', key('spent', too_old))
  redis.call('HDEL', chain, number - kept)
end
join_family(id, next_family, secrets_ms)
if now then log(id, now) end
if family ~= next_family then redis.call('DEL', key('family', family)) end
save(id, next_hash, record, user, record_ms, user_ms)
redis.call('DEL', key('session', hash))
return 1
