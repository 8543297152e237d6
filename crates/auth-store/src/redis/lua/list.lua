-- ARGV: the user's id. The caller looks at lifetimes.
local records = {}
for _, session in ipairs(sessions_of(ARGV[3])) do
  table.insert(records, text(session))
end
return records
