-- ARGV: the hash of a secret, its family. The caller looks at kind and lifetime.
local session = find_by_secret(ARGV[3])
if not session then
  local mark = redis.call('GET', key('spent', ARGV[3]))
  local id = mark and string.match(mark, '^%S+') or redis.call('GET', key('family', ARGV[4]))
  session = id and find(id)
end
return session and text(session)
