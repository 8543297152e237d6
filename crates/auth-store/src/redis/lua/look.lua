-- ARGV: numbers. Gives the head, the server, whether it is settled, the nonces of the numbers, and
-- the members.
local nonces = {}
for i = 2, #ARGV do
  table.insert(nonces, nonce_of(ARGV[i]) or '')
end
local number, nonce = head()
local settled = redis.call('HGET', state, 'settled') == server() and 1 or 0
return { number, nonce, server(), settled, nonces, redis.call('HGETALL', members) }
