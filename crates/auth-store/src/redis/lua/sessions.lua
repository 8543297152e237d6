-- What every script on sessions shares. ARGV[1] is the prefix of all keys, ARGV[2] the
-- caller's time. Times are Unix milliseconds, spans milliseconds, and both are kept as
-- the text they came as, since a number of Lua can't hold every one of them.
--
-- session:<hash of its secret>  the record, see `parse`
-- id:<session id>               the hash of its secret
-- user:<user id>                the ids of the user's sessions, scored by creation
-- family:<family of a secret>   the id of the session whose secrets are of that family
-- spent:<hash of a secret>      "<session id> <salt> <spent at>"
-- chain:<session id>            its `family`, the `count` of its secrets that were spent,
--                               and by their numbers the hashes of the latest of them
-- denied:<session id>           until when its access tokens are dead; read by servers of
--                               older versions

local prefix, now = ARGV[1], ARGV[2]

-- Redis forgets a key this long after its time is over, so that a clock that differs from
-- the callers' decides nothing.
local GRACE = 5 * 60 * 1000
-- Redis refuses spans that reach beyond its calendar.
local LONGEST = 1e12

local function key(kind, name)
  return prefix .. kind .. ':' .. name
end

local function later(a, b)
  if tonumber(a) > tonumber(b) then return a else return b end
end

local function span(ends_at)
  return string.format('%.0f', math.min(ends_at - now + GRACE, LONGEST))
end

-- A plus sign before all else says that nobody has used the secret yet.
local function parse(hash, record)
  local unused, seen, tokens, rest, idle, ends, kind, id, user =
    string.match(record, '^(%+?)(%S+) (%S+)( (%S+) (%S+) (%S+) (%S+) (%S+) .*)$')
  return { hash = hash, unused = unused, seen = seen, tokens = tokens, rest = rest,
           idle = idle, ends = ends, kind = kind, id = id, user = user }
end

local function text(session)
  return session.unused .. session.seen .. ' ' .. session.tokens .. session.rest
end

local function find_by_secret(hash)
  local record = redis.call('GET', key('session', hash))
  return record and parse(hash, record)
end

local function find(id)
  local hash = redis.call('GET', key('id', id))
  return hash and find_by_secret(hash)
end

local function expires_at(session)
  return math.min(session.seen + session.idle, session.ends)
end

local function is_live(session)
  return expires_at(session) > tonumber(now)
end

local function prolong(name, milliseconds)
  if redis.call('PTTL', name) < tonumber(milliseconds) then
    redis.call('PEXPIRE', name, milliseconds)
  end
end

-- A record outlives its session for as long as access tokens do, so that ending all
-- sessions of a user reaches them too.
local function save(session)
  local milliseconds = span(math.max(expires_at(session), session.tokens))
  redis.call('SET', key('session', session.hash), text(session), 'PX', milliseconds)
  redis.call('SET', key('id', session.id), session.hash, 'PX', milliseconds)
  prolong(key('user', session.user), span(math.max(session.ends, session.tokens)))
end

local function join_family(session, family)
  redis.call('SET', key('family', family), session.id, 'PX', span(session.ends))
  redis.call('HSET', key('chain', session.id), 'family', family)
  prolong(key('chain', session.id), span(session.ends))
end

-- Forgets what its secrets were. A session of an older version has no chain.
local function forget_chain(session)
  local fields = redis.call('HGETALL', key('chain', session.id))
  for i = 1, #fields, 2 do
    local field, value = fields[i], fields[i + 1]
    if field == 'family' then
      redis.call('DEL', key('family', value))
    elseif field ~= 'count' then
      redis.call('DEL', key('spent', value))
    end
  end
  redis.call('DEL', key('chain', session.id))
end

-- Ends a session, and denies the access tokens that outlive it.
--
-- The denial comes before the session goes: should it fail, the session is still there for
-- the next try. A server that is out of memory fails no script that has written already,
-- which is what removing nobody is for.
local function remove(session)
  if tonumber(session.tokens) > tonumber(now) then
    redis.call('ZREM', key('user', session.user), '')
    redis.call('SET', key('denied', session.id), session.tokens, 'PX', span(session.tokens))
  end
  forget_chain(session)
  redis.call('DEL', key('session', session.hash), key('id', session.id))
  redis.call('ZREM', key('user', session.user), session.id)
end

-- The user's sessions, the oldest first, dead ones included as long as they are known.
local function sessions_of(user)
  local known = {}
  for _, id in ipairs(redis.call('ZRANGE', key('user', user), 0, -1)) do
    local session = find(id)
    if session then
      table.insert(known, session)
    else
      redis.call('ZREM', key('user', user), id)
    end
  end
  return known
end
