-- Take a place in the list of times KEYS[1]; its pair ARGV[4] is noted in KEYS[2] with the time, for those who ask.
-- ARGV: now (ms; empty for the server's time), window (ms), limit, pair.
-- Returns 0, or the ms until a place is free.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local window, limit = tonumber(ARGV[2]), tonumber(ARGV[3])
if tonumber(redis.call('LINDEX', KEYS[1], -1) or now) > now then -- the server's clock was set back
  redis.call('DEL', KEYS[1])
end
-- Times are whole milliseconds, rounded down: a time leaves when more than a window has passed, never at it.
local first = tonumber(redis.call('LINDEX', KEYS[1], 0) or '')
while first and first + window < now do
  redis.call('LPOP', KEYS[1])
  first = tonumber(redis.call('LINDEX', KEYS[1], 0) or '')
end
local used = redis.call('LLEN', KEYS[1])
if used >= limit then -- more than the limit where another process has a higher one
  return redis.call('LINDEX', KEYS[1], used - limit) + window + 1 - now
end
redis.call('RPUSH', KEYS[1], now)
redis.call('PEXPIRE', KEYS[1], 2 * window)
redis.call('ZADD', KEYS[2], now, ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - window - 1)
redis.call('PEXPIRE', KEYS[2], 2 * window)
return 0
