-- What every script on sessions shares. ARGV[1] is the prefix of all keys. Times are Unix
-- milliseconds, and kept as the text they came as, since a number of Lua can't hold every
-- one of them. How long a key is kept comes with each call, in milliseconds.
--
-- session:<hash of its secret>  the record, see record.rs
-- id:<session id>               the hash of its secret
-- user:<user id>                the ids of the user's sessions, scored by creation
-- family:<family of a secret>   the id of the session whose secrets are of that family
-- spent:<hash of a secret>      "<session id> <salt> <spent at>"
-- chain:<session id>            its `family`, the `count` of its secrets that were spent,
--                               and by their numbers the hashes of the latest of them
-- denied:<session id>           until when its access tokens are dead; read by servers of
--                               older versions
--
-- The log of what ends, see log.lua:
-- log:state                     the `number` and `nonce` of its last entry
-- log:entries                   "<number> <nonce> <when> <session id>", scored by number

local function key(kind, name)
  return ARGV[1] .. kind .. ':' .. name
end

local function find(id)
  local hash = redis.call('GET', key('id', id))
  return hash, hash and redis.call('GET', key('session', hash))
end

local function prolong(name, milliseconds)
  if redis.call('PTTL', name) < tonumber(milliseconds) then
    redis.call('PEXPIRE', name, milliseconds)
  end
end

-- A record outlives its session for as long as access tokens do, so that ending all
-- sessions of a user reaches them too.
local function save(id, hash, record, user, milliseconds, user_milliseconds)
  redis.call('SET', key('session', hash), record, 'PX', milliseconds)
  redis.call('SET', key('id', id), hash, 'PX', milliseconds)
  prolong(key('user', user), user_milliseconds)
end

local function join_family(id, family, milliseconds)
  redis.call('SET', key('family', family), id, 'PX', milliseconds)
  redis.call('HSET', key('chain', id), 'family', family)
  prolong(key('chain', id), milliseconds)
end

-- Adds the end of a session, or of its secret, to the log. Who knows of it is told; whether
-- that arrives does not matter. Entries are kept for an hour, the last one in any event.
local function log(id, now)
  local state, entries = key('log', 'state'), key('log', 'entries')
  local number = string.format('%.0f', redis.call('HINCRBY', state, 'number', 1))
  local before = redis.call('HGET', state, 'nonce') or ''
  local nonce = string.sub(redis.sha1hex(before .. now .. id), 1, 32)
  redis.call('HSET', state, 'nonce', nonce)
  redis.call('ZADD', entries, number, table.concat({ number, nonce, now, id }, ' '))
  redis.call('PEXPIRE', entries, 7200000)
  local oldest = redis.call('ZRANGE', entries, 0, 1)
  for i = 1, #oldest - 1 do
    local at = string.match(oldest[i], '^%S+ %S+ (%S+)')
    if tonumber(at) < tonumber(now) - 3600000 then redis.call('ZREM', entries, oldest[i]) end
  end
  redis.pcall('PUBLISH', key('log', 'news'), '')
end

-- The records of the user's sessions, as long as they are known.
local function records_of(user)
  local records = {}
  for _, id in ipairs(redis.call('ZRANGE', key('user', user), 0, -1)) do
    local _, record = find(id)
    if record then
      table.insert(records, record)
    else
      redis.call('ZREM', key('user', user), id)
    end
  end
  return records
end
