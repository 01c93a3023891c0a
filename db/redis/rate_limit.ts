/**
 * Counts one request in a sliding log, atomically and on Redis's own clock.
 *
 * KEYS[1] the caller's list of request times, microseconds, the oldest first;
 * ARGV[1] requests in a window; ARGV[2] the window, milliseconds; ARGV[3] keys in this Redis beyond
 * which no list is begun.
 * Returns {1 when it is allowed, how many are counted now, microseconds until the oldest leaves}, or
 * {-1, 0, 0} when nothing was counted, because a list would have had to be begun.
 *
 * A module, not a .lua file: the global controller may run where there is no file system.
 */
export const RATE_LIMIT_SCRIPT = `
local limit = tonumber(ARGV[1])
local window = tonumber(ARGV[2]) * 1000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) <= now - window do
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end

local count = redis.call('LLEN', KEYS[1])
if count == 0 and redis.call('DBSIZE') >= tonumber(ARGV[3]) then
  return {-1, 0, 0}
end
local allowed = 0
if count < limit then
  -- '%.0f': Lua writes numbers with 14 digits otherwise, and this one has 16
  redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  allowed = 1
  count = count + 1
end
return {allowed, count, (tonumber(oldest) or now) + window - now}
`;

/** Where the requests of `caller` are counted. */
export function rateLimitKey(caller: string): string {
  return `dt:gc:rate:{${caller}}`;
}
