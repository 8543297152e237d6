-- ARGV: the incarnation, its lease in milliseconds, and an id for data that have none.
redis.call('HSETNX', state, 'store', ARGV[4])
local number, nonce = head()
redis.call('HSET', members, ARGV[2], table.concat({ ARGV[3], number, number }, ' '))
redis.call('SET', ARGV[1] .. 'log:server', server())
return { number, nonce, server() }
