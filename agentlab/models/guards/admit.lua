-- May a call pass the breaker KEYS[1]? Takes the place of the probe where it is free.
-- ARGV: now (ms; empty for the server's time), cooldown (ms), longest wait for a probe (ms).
-- Returns {1 or 0, failures, ms until the next try, 1 where another probes}.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local cooldown = tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'failures', 'opened', 'probed')
local failures, opened, probed = tonumber(kept[1] or 0), tonumber(kept[2] or ''), tonumber(kept[3] or '')
if not opened then
  return {1, failures, 0, 0}
end
if opened > now then -- the server's clock was set back
  opened = now
  redis.call('HSET', KEYS[1], 'opened', now)
end
local left = opened + cooldown - now
if left > 0 then
  return {0, failures, left, 0}
end
if probed and probed <= now and probed + cooldown > now then
  return {0, failures, math.min(probed + cooldown - now, tonumber(ARGV[3])), 1}
end
redis.call('HSET', KEYS[1], 'probed', now)
return {1, failures, 0, 0}
