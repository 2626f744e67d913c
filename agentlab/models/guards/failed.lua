-- Count a failure of the breaker KEYS[1], named ARGV[5] in the list KEYS[2]; open it at the threshold or after a probe.
-- ARGV: now (ms; empty for the server's time), cooldown (ms), threshold, ms to keep it, name.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local kept = redis.call('HMGET', KEYS[1], 'opened', 'probed')
if not kept[1] then
  if redis.call('HINCRBY', KEYS[1], 'failures', 1) >= tonumber(ARGV[3]) then
    redis.call('HSET', KEYS[1], 'opened', now)
  end
elseif kept[2] then
  redis.call('HINCRBY', KEYS[1], 'failures', 1)
  redis.call('HSET', KEYS[1], 'opened', now)
  redis.call('HDEL', KEYS[1], 'probed')
end
redis.call('SADD', KEYS[2], ARGV[5])
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, ARGV[4])
end
return 1
