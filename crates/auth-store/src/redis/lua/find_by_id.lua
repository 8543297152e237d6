-- ARGV: the session's id. The caller looks at its lifetime.
local session = find(ARGV[3])
return session and text(session)
