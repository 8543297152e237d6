-- KEYS: the count.
local hits = redis.call('HGET', KEYS[1], 'hits')
if hits then
  redis.call('HSET', KEYS[1], 'hits', math.max(hits - 1, 0), 'blocked_until', 0)
end
