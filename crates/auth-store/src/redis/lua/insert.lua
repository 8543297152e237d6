-- ARGV: the hash of the secret, the record, when it was created, the most live sessions,
-- the family of the secret.
local session = parse(ARGV[3], ARGV[4])
redis.call('ZADD', key('user', session.user), ARGV[5], session.id)
save(session)
join_family(session, ARGV[7])

local live = {}
for _, one in ipairs(sessions_of(session.user)) do
  if is_live(one) then table.insert(live, one) end
end
for i = 1, #live - tonumber(ARGV[6]) do
  remove(live[i])
end
