-- What every script on the log of ended sessions shares, beside what those on sessions write.
-- ARGV[1] is the prefix of all keys. A position is a number and a nonce.
--
-- log:state    also the id of the data as `store`, and the server that is `settled`: all leases
--              of earlier ones have been waited out
-- log:members  for each incarnation "<lease> <applied> <granted>"
-- log:server   who was joined last

local state, entries = ARGV[1] .. 'log:state', ARGV[1] .. 'log:entries'
local members = ARGV[1] .. 'log:members'

local function text(number)
  return string.format('%.0f', number)
end

-- Which server this is: the data and the process.
local function server()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  return (redis.call('HGET', state, 'store') or '') .. '/' .. run
end

-- The nonce of number 0, before the first entry.
local none = string.rep('0', 32)

local function head()
  local values = redis.call('HMGET', state, 'number', 'nonce')
  return values[1] or '0', values[2] or none
end

-- The latest entries, so many of them at most.
local function latest(count)
  return redis.call('ZRANGE', entries, -count, -1)
end

-- The nonce of a number; the last one counts even when its entry is gone.
local function nonce_of(number)
  if number == '0' then return none end
  local last, nonce = head()
  if number == last then return nonce end
  local behind = tonumber(last) - tonumber(number)
  if behind < 0 then return nil end
  local entry = latest(behind + 1)[1]
  local found, its_nonce = string.match(entry or '', '^(%S+) (%S+)')
  return found == number and its_nonce or nil
end
