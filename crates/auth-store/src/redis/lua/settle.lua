-- KEYS: the count. ARGV: how many hits are taken back, 0 or 1. One hit is no longer pending;
-- taking it back ends the block.
local count = redis.call('HMGET', KEYS[1], 'hits', 'pending')
if not count[1] then return end
redis.call('HSET', KEYS[1], 'pending', math.max(tonumber(count[2] or 0) - 1, 0))
if tonumber(ARGV[1]) > 0 then
  redis.call('HSET', KEYS[1], 'hits', math.max(tonumber(count[1]) - 1, 0), 'blocked_until', 0)
end
