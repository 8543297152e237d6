-- ARGV: the kind of secret, the hash and family of the spent one, those of its successor,
-- the salt, until when the new access token is valid, the reuse window, how many spent
-- secrets are kept.
local kind, spent, family, successor, next_family = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local salt, tokens, window, kept = ARGV[8], ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])

local function eligible(session)
  return session and session.kind == kind and is_live(session)
end

local function renew(session)
  session.seen = later(session.seen, now)
  session.tokens = later(session.tokens, tokens)
  save(session)
  return text(session)
end

-- Keeps the secret that was just spent, and only so many of those before it. It was spent
-- by the clock of those that saw the session which is furthest ahead.
local function keep(session)
  local mark = session.id .. ' ' .. salt .. ' ' .. session.seen
  redis.call('SET', key('spent', spent), mark, 'PX', span(session.ends))
  local chain = key('chain', session.id)
  local number = redis.call('HINCRBY', chain, 'count', 1)
  redis.call('HSET', chain, number, spent)
  local too_old = redis.call('HGET', chain, number - kept)
  if too_old then
    redis.call('DEL', key('spent', too_old))
    redis.call('HDEL', chain, number - kept)
  end
  if family ~= next_family then redis.call('DEL', key('family', family)) end
  join_family(session, next_family)
end

-- Whether the successor is in force and nobody has used it, so that it may never have
-- arrived.
local function is_lost(session)
  local chain = key('chain', session.id)
  local count = redis.call('HGET', chain, 'count')
  local latest = count and redis.call('HGET', chain, count)
  return session.unused == '+' and latest == spent
end

local function is_forgiven(session, spent_at)
  return window > 0 and (is_lost(session) or now - spent_at < window)
end

local session = find_by_secret(spent)
if eligible(session) then
  redis.call('DEL', key('session', spent))
  session.hash, session.unused = successor, '+'
  local record = renew(session)
  keep(session)
  return { 'fresh', record }
end

local mark = redis.call('GET', key('spent', spent))
local id, first_salt, spent_at
if mark then
  id, first_salt, spent_at = string.match(mark, '^(%S+) (%S+) (%S+)$')
else
  id = redis.call('GET', key('family', family))
end
session = id and find(id)
if not eligible(session) then return { 'unknown' } end
if mark and is_forgiven(session, spent_at) then
  return { 'again', renew(session), first_salt }
end
remove(session)
return { 'reused', text(session) }
