-- ARGV: the user's id; `one`, `others` or `all`; the session that one or others refers to.
local user, which, id = ARGV[3], ARGV[4], ARGV[5]
local ended = 0
for _, session in ipairs(sessions_of(user)) do
  if which == 'all' or (which == 'one') == (session.id == id) then
    if is_live(session) then ended = ended + 1 end
    remove(session)
  end
end
return ended
