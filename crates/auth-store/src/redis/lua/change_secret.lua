-- ARGV: the kind of secret, the hash of the spent one, that of its successor, the salt,
-- until when the new access token is valid, the reuse window.
local kind, spent, successor, salt = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local tokens, window = ARGV[7], ARGV[8]

local function eligible(session)
  return session and session.kind == kind and is_live(session)
end

local function renew(session)
  session.seen = later(session.seen, now)
  session.tokens = later(session.tokens, tokens)
  save(session)
  return text(session)
end

local session = find_by_secret(spent)
if eligible(session) then
  redis.call('DEL', key('session', spent))
  local mark = session.id .. ' ' .. salt .. ' ' .. now
  redis.call('SET', key('spent', spent), mark, 'PX', span(session.ends))
  session.hash = successor
  return { 'fresh', renew(session) }
end

local mark = redis.call('GET', key('spent', spent))
if not mark then return { 'unknown' } end
local id, first_salt, spent_at = string.match(mark, '^(%S+) (%S+) (%S+)$')
session = find(id)
if not eligible(session) then return { 'unknown' } end
if tonumber(now) < spent_at + window then
  return { 'again', renew(session), first_salt }
end
remove(session)
return { 'reused', text(session) }
