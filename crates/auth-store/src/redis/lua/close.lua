-- ARGV: the server and the position of a change, whether the server is settled by now, and the
-- members whose leases have lapsed. Takes those away whose latest lease does not know of the
-- change. Says whether it is still the server and the log.
local on, number, nonce, settle = unpack(ARGV, 2, 5)
if server() ~= on or nonce_of(number) ~= nonce then return 0 end
for i = 6, #ARGV do
  local member = redis.call('HGET', members, ARGV[i])
  local granted = member and string.match(member, '(%S+)$')
  if granted and tonumber(granted) < tonumber(number) then redis.call('HDEL', members, ARGV[i]) end
end
if settle == '1' then redis.call('HSET', state, 'settled', on) end
return 1
