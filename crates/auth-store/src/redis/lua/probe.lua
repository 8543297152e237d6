-- KEYS: a key to write. Uses every command that the other scripts use, so that a server
-- which can't write, or a user who may not, is found out.
local name = KEYS[1]
redis.call('SET', name, '1', 'PX', 1000)
redis.call('GET', name)
redis.call('PTTL', name)
redis.call('PEXPIRE', name, 1000)
redis.call('DEL', name)
redis.call('ZADD', name, 1, '1')
redis.call('ZRANGE', name, 0, -1)
redis.call('ZSCORE', name, '1')
redis.call('ZREM', name, '1')
redis.call('HSET', name, 'hits', 1)
redis.call('HGET', name, 'hits')
redis.call('HMGET', name, 'hits')
redis.call('HINCRBY', name, 'hits', 1)
redis.call('HGETALL', name)
redis.call('HDEL', name, 'hits')
redis.call('DEL', name)
return 1
