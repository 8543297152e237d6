-- KEYS: the count. ARGV: the caller's time, how many hits are free, the window, how many
-- hits are pending by this one and until when, and for a penalty that doubles its first and
-- its longest delay. Says until when the key is blocked and whether that may end sooner, or
-- counts the hit by the same rule as `auth_core::Rule::after_hit`.
local now, free, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local more, more_until = tonumber(ARGV[4]), tonumber(ARGV[5])
local first, longest = tonumber(ARGV[6] or ''), tonumber(ARGV[7] or '')
-- Redis forgets a count this long after its time is over; see expiry.rs.
local GRACE = 60 * 1000

local count = redis.call('HMGET', KEYS[1], 'hits', 'ends_at', 'blocked_until', 'pending',
  'pending_until')
local hits, ends_at = tonumber(count[1] or 0), tonumber(count[2] or 0)
local blocked_until = tonumber(count[3] or 0)
local pending, pending_until = tonumber(count[4] or 0), tonumber(count[5] or 0)
if blocked_until > now then
  local may_open = pending > 0 and pending_until > now
  return {count[3], may_open and 1 or 0}
end

if ends_at <= now or pending_until <= now then
  pending, pending_until = 0, 0
end
if ends_at <= now then
  hits, ends_at = 0, now + window
end
hits, blocked_until = hits + 1, 0
if first then
  ends_at = now + window
  if hits >= free then
    blocked_until = now + math.min(first * 2 ^ math.min(hits - free, 20), longest)
  end
elseif hits >= free then
  blocked_until = ends_at
end

redis.call('HSET', KEYS[1], 'hits', hits,
  'ends_at', string.format('%.0f', ends_at),
  'blocked_until', string.format('%.0f', blocked_until),
  'pending', pending + more,
  'pending_until', string.format('%.0f', math.max(pending_until, more_until)))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ends_at - now + GRACE))
return false
