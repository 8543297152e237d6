-- ARGV: the incarnation, the position it has applied, the server it joined, and the most entries
-- to be given. Gives the head, the server, and the entries since.
local id, applied, nonce, joined, most = unpack(ARGV, 2, 6)
local member = redis.call('HGET', members, id)
if not member or server() ~= joined or nonce_of(applied) ~= nonce then return false end
local number, last = head()
local count = tonumber(number) - tonumber(applied)
if count > tonumber(most) then return false end

local lease, was_applied, was_granted = string.match(member, '^(%S+) (%S+) (%S+)$')
applied = text(math.max(tonumber(was_applied), tonumber(applied)))
local granted = text(math.max(tonumber(was_granted), tonumber(number)))
redis.call('HSET', members, id, table.concat({ lease, applied, granted }, ' '))
return { number, last, joined, count > 0 and latest(count) or {} }
