-- How the breakers KEYS stand: for each {failures, opened, probed}, in ms, empty where it is not; the time last.
-- ARGV: now (ms; empty for the server's time).
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local told = {}
for _, key in ipairs(KEYS) do
  local kept = redis.call('HMGET', key, 'failures', 'opened', 'probed')
  table.insert(told, {kept[1] or '', kept[2] or '', kept[3] or ''})
end
table.insert(told, now)
return told
