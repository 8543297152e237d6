-- ARGV: the hash of a secret, its family. Gives the hash of the secret in force and the record
-- of the session that has or had it; of a spent secret also what is kept of it, and whether it
-- was the latest.
local secret, family = ARGV[2], ARGV[3]
local current = redis.call('GET', key('session', secret))
if current then return { secret, current } end

local mark = redis.call('GET', key('spent', secret))
local id = mark and string.match(mark, '^%S+') or redis.call('GET', key('family', family))
if not id then return false end
local hash, record = find(id)
if not record then return false end
if not mark then return { hash, record } end
local count = redis.call('HGET', key('chain', id), 'count')
local latest = count and redis.call('HGET', key('chain', id), count)
return { hash, record, mark, latest == secret and '1' or '0' }
