-- ARGV: the session's id.
local session = find(ARGV[3])
if not session or not is_live(session) then return 0 end
session.seen = later(session.seen, now)
save(session)
return 1
