-- How many times of each list KEYS lie within the window.
-- ARGV: now (ms; empty for the server's time), window (ms).
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local counts = {}
for _, key in ipairs(KEYS) do
  local count = 0
  for _, time in ipairs(redis.call('LRANGE', key, 0, -1)) do
    if time + tonumber(ARGV[2]) >= now then
      count = count + 1
    end
  end
  table.insert(counts, count)
end
return counts
