/**
 * Lua, one key each, so that every step is atomic on a cluster as well. They are sent as text (EVAL) every time: the
 * server caches them by their digest, no NOSCRIPT can occur, and so no second try can upset the order of the calls.
 *
 * Whether something has expired is decided by the clock of the process (ARGV `now`); the time to live of a key only
 * cleans, so it is relative and a little longer (`ttl` of keys.ts). Numbers are compared after `tonumber`, and the
 * ones that are kept are written as they came: Lua prints milliseconds as 1.7e+12.
 *
 * Redis looks at `maxmemory` only before the first write of a script, and not if that one frees memory. So what takes
 * memory comes first: then a script does nothing, or everything.
 */

/** KEYS artifact · ARGV now, expected revision or '', payload, expiresAt, ttl, grantId if any → 1 if stored */
export const PUT = `
local held = redis.call('HMGET', KEYS[1], 'expiresAt', 'revision')
local revision = 0
if held[1] and tonumber(held[1]) > tonumber(ARGV[1]) then revision = tonumber(held[2]) end
if ARGV[2] ~= '' and tonumber(ARGV[2]) ~= revision then return 0 end
redis.call('HSET', KEYS[1], 'payload', ARGV[3], 'expiresAt', ARGV[4], 'revision', revision + 1)
if revision == 0 then redis.call('HDEL', KEYS[1], 'consumedAt') end
if ARGV[6] then redis.call('HSET', KEYS[1], 'grantId', ARGV[6]) else redis.call('HDEL', KEYS[1], 'grantId') end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1`

/** KEYS artifact · ARGV now → nil if it is gone, 'won', or when it was consumed */
export const CONSUME = `
local held = redis.call('HMGET', KEYS[1], 'expiresAt', 'consumedAt')
if not held[1] or tonumber(held[1]) <= tonumber(ARGV[1]) then return false end
if held[2] then return held[2] end
redis.call('HSET', KEYS[1], 'consumedAt', ARGV[1])
return 'won'`

/** KEYS artifact · ARGV names of fields → their values, the artifact being removed */
export const TAKE = `
local held = redis.call('HMGET', KEYS[1], unpack(ARGV))
redis.call('DEL', KEYS[1])
return held`

/** KEYS artifact · ARGV grantId; what was stored anew under another grant stays */
export const REMOVE_OF_FAMILY = `
if redis.call('HGET', KEYS[1], 'grantId') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`

/** KEYS family · ARGV now, expiresAt, member, slack; lives as long as its longest member */
export const ADD_TO_FAMILY = `
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIRE', KEYS[1], math.max(1, tonumber(last[2]) - tonumber(ARGV[1])) + ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
return 1`

/** KEYS mark · ARGV now, expiresAt, ttl → 1 for the first */
export const MARK = `
local held = redis.call('GET', KEYS[1])
if held and tonumber(held) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

/**
 * KEYS counter · ARGV now, end of a window that starts now, slack → count, resetAt.
 * The smaller end wins, so that a clock that stepped back locks nobody out for longer than a window.
 */
export const INCREMENT = `
local held = redis.call('HMGET', KEYS[1], 'count', 'resetAt')
local count, resetAt = 1, ARGV[2]
if held[2] and tonumber(held[2]) > tonumber(ARGV[1]) then
  count = held[1] + 1
  if tonumber(held[2]) < tonumber(resetAt) then resetAt = held[2] end
end
redis.call('HSET', KEYS[1], 'count', count, 'resetAt', resetAt)
redis.call('PEXPIRE', KEYS[1], math.max(1, resetAt - ARGV[1]) + ARGV[3])
return {count, resetAt}`

/** KEYS counter · ARGV now */
export const DECREMENT = `
local held = redis.call('HMGET', KEYS[1], 'count', 'resetAt')
if not held[2] or tonumber(held[2]) <= tonumber(ARGV[1]) or tonumber(held[1]) < 1 then return 0 end
return redis.call('HINCRBY', KEYS[1], 'count', -1)`

/**
 * KEYS processes · ARGV now, milliseconds after which a process is forgotten, id or '' →
 * Redis's time, then id and skew (both clocks in milliseconds, process minus Redis) of each process
 */
export const PROCESSES = `
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], ARGV[3], string.format('%.0f %.0f', ARGV[1] - at, at))
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local present = {string.format('%.0f', at)}
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
  local skew, seen = string.match(held[i + 1], '^(%-?%d+) (%d+)$')
  if skew and at - seen < tonumber(ARGV[2]) then
    present[#present + 1] = held[i]
    present[#present + 1] = skew
  else
    redis.call('HDEL', KEYS[1], held[i])
  end
end
return present`
