-- ARGV: the user's id, the caller's time, how long a key is kept beyond its time, and the
-- longest that Redis keeps one; the ids of the sessions. Gives the records of those that were
-- the user's.
--
-- A denial and the entry in the log come before their session goes: should one fail, the
-- session is still there for the next try. A server that is out of memory fails no script that has written already,
-- which is what removing nobody is for.
local user, now, grace, longest = unpack(ARGV, 2, 5)
local theirs = key('user', user)

local function deny(id, tokens_until)
  local left = tokens_until - now
  if left <= 0 then return end
  local kept = string.format('%.0f', math.min(left + grace, longest))
  redis.call('SET', key('denied', id), tokens_until, 'PX', kept)
end

-- Forgets what its secrets were. A session of an older version has no chain.
local function forget_chain(id)
  local fields = redis.call('HGETALL', key('chain', id))
  for i = 1, #fields, 2 do
    local field, value = fields[i], fields[i + 1]
    if field == 'family' then
      redis.call('DEL', key('family', value))
    elseif field ~= 'count' then
      redis.call('DEL', key('spent', value))
    end
  end
  redis.call('DEL', key('chain', id))
end

local deleted = {}
for i = 6, #ARGV do
  local id = ARGV[i]
  local hash, record = find(id)
  if record and redis.call('ZSCORE', theirs, id) then
    redis.call('ZREM', theirs, '')
    log(id, now)
    deny(id, string.match(record, '^%S+ (%S+)'))
    forget_chain(id)
    redis.call('DEL', key('session', hash), key('id', id))
    redis.call('ZREM', theirs, id)
    table.insert(deleted, record)
  end
end
return deleted
