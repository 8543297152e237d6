-- ARGV: the session's id, the hash of the secret that was used, if any was.
local session = find(ARGV[3])
if not session or not is_live(session) then return 0 end
session.seen = later(session.seen, now)
if session.hash == ARGV[4] then session.unused = '' end
save(session)
return 1
