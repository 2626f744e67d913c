-- Forget the failures of the breaker KEYS[1], named ARGV[3] in the list KEYS[2], unless it is still open.
-- ARGV: now (ms; empty for the server's time), cooldown (ms), name.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local opened = tonumber(redis.call('HGET', KEYS[1], 'opened') or '')
if not opened or opened + tonumber(ARGV[2]) <= now then
  redis.call('DEL', KEYS[1])
  redis.call('SREM', KEYS[2], ARGV[3])
end
return 1
