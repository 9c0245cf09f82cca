import { createHash } from 'node:crypto';

/**
 * The scripts that implement the contract on Redis. Each names all keys that it touches, and all of them carry the hash
 * tag of one partition, so that they run on one node of a cluster. With `#!lua` Redis refuses a writing script up front
 * when it is out of memory, instead of aborting it half way.
 *
 * Of a partition, `entries` is a hash from encoded keys to packed values (version, NUL, expiry in epoch milliseconds or
 * nothing, NUL, the value), `order` a sorted set of the same keys, of which all scores are 0, and `expiry` one of those
 * that expire, by when. A log is a stream whose ids are 0-1, 0-2, 0-3 …
 */

/** Values up to this size are published to the followers of a log; larger ones they read. */
const maxPublishedBytes = 4_096;

/** Keys that a script passes to one call; Lua's stack takes fewer than 8,000. */
const maxUnpacked = 1_000;

/** `now` is ARGV[1], or Redis's own time when that is empty; `open` unpacks an entry that is there and not expired. */
const prelude = `
local function ms() local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end
local now = tonumber(ARGV[1]) or ms()
local function isLive(packed)
  if not packed then return false end
  local expiry = string.match(packed, '^%Z*%z(%Z*)%z')
  return expiry == '' or tonumber(expiry) > now
end
local function versionOf(packed) return isLive(packed) and string.match(packed, '^(%Z*)%z') or '' end
`;

const positions = `
local function newest(log)
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)
  if last[1] then return string.sub(last[1][1], 3) end
  if redis.call('EXISTS', log) == 0 then return '0' end
  local info = redis.call('XINFO', 'STREAM', log)
  for i = 1, #info, 2 do if info[i] == 'last-generated-id' then return string.sub(info[i + 1], 3) end end
end
`;

/** KEYS: entries. ARGV: now, the encoded keys. Yields the packed entries, nil for each that is absent. */
export const getScript = `#!lua flags=no-writes
${prelude}
local found = {}
for from = 2, #ARGV, ${maxUnpacked} do
  local to = math.min(from + ${maxUnpacked} - 1, #ARGV)
  for _, packed in ipairs(redis.call('HMGET', KEYS[1], unpack(ARGV, from, to))) do
    found[#found + 1] = isLive(packed) and packed
  end
end
return found
`;

/**
 * KEYS: entries, order. ARGV: now, the encoded key after which to begin and the one before which to end, the limit.
 * Yields key, packed entry, key, packed entry …
 */
export const listScript = `#!lua flags=no-writes
${prelude}
local from, to, limit = '(' .. ARGV[2], '(' .. ARGV[3], tonumber(ARGV[4])
local found = {}
while #found < 2 * limit do
  local keys = redis.call('ZRANGE', KEYS[2], from, to, 'BYLEX', 'LIMIT', 0, limit)
  if #keys == 0 then break end
  local packed = redis.call('HMGET', KEYS[1], unpack(keys))
  for i, key in ipairs(keys) do
    if #found < 2 * limit and isLive(packed[i]) then
      found[#found + 1] = key
      found[#found + 1] = packed[i]
    end
  end
  if #keys < limit then break end
  from = '(' .. keys[#keys]
end
return found
`;

/**
 * KEYS: entries, order, expiry, then the log of each trim and of each append.
 * ARGV: now, the time after which nothing may be applied (empty: none), the version, how many checks, sets, deletes,
 * trims and appends follow; for each check its key and version (empty: absent), for each set key, expiry (empty: none),
 * how long it lives in milliseconds (empty: as the expiry says) and value, for each delete its key, for each trim the
 * id with which its log begins afterwards, for each append the bound of its log and the value.
 * The position and the value are published to the followers of a log, unless the value is large or trimmed at once.
 * Yields the positions of the appends; 'conflict' or 'late' when nothing was applied.
 */
const commit = `
${prelude}
if ARGV[2] ~= '' and ms() > tonumber(ARGV[2]) then return 'late' end
local version = ARGV[3]
local checks, sets, deletes = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local trims, appends = tonumber(ARGV[7]), tonumber(ARGV[8])
local at = 9
for _ = 1, checks do
  if versionOf(redis.call('HGET', KEYS[1], ARGV[at])) ~= ARGV[at + 1] then return 'conflict' end
  at = at + 2
end
for _ = 1, sets do
  local key, expiry, lifetime, value = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  if lifetime ~= '' then expiry = string.format('%.0f', now + tonumber(lifetime)) end
  redis.call('HSET', KEYS[1], key, version .. '\\0' .. expiry .. '\\0' .. value)
  redis.call('ZADD', KEYS[2], 0, key)
  if expiry == '' then redis.call('ZREM', KEYS[3], key) else redis.call('ZADD', KEYS[3], expiry, key) end
  at = at + 4
end
local function remove(key)
  redis.call('HDEL', KEYS[1], key)
  redis.call('ZREM', KEYS[2], key)
  redis.call('ZREM', KEYS[3], key)
end
for _ = 1, deletes do
  remove(ARGV[at])
  at = at + 1
end
for i = 1, trims do
  redis.call('XTRIM', KEYS[3 + i], 'MINID', '=', ARGV[at])
  at = at + 1
end
local positions = {}
for i = 1, appends do
  local log = KEYS[3 + trims + i]
  local id = redis.call('XADD', log, 'MAXLEN', '=', ARGV[at], '0-*', 'v', ARGV[at + 1])
  positions[i] = string.sub(id, 3)
  local isPublished = ARGV[at] ~= '0' and #ARGV[at + 1] <= ${maxPublishedBytes}
  redis.call('SPUBLISH', log, isPublished and positions[i] .. '\\0' .. ARGV[at + 1] or '')
  at = at + 2
end
for _, key in ipairs(redis.call('ZRANGE', KEYS[3], '-inf', now, 'BYSCORE', 'LIMIT', 0, 100)) do remove(key) end
return positions
`;

export const commitScript = `#!lua${commit}`;

/** The same for a commit that only deletes and trims: Redis runs it even when it is out of memory. */
export const deleteScript = `#!lua flags=allow-oom${commit}`;

/** KEYS: the log. ARGV: the position after which to begin, the limit. Yields the newest trimmed position, then pairs. */
export const readScript = `#!lua flags=no-writes
${positions}
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
local trimmed = oldest[1] and tostring(tonumber(string.sub(oldest[1][1], 3)) - 1) or newest(KEYS[1])
local found = { trimmed }
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(0-' .. ARGV[1], '+', 'COUNT', ARGV[2])) do
  found[#found + 1] = string.sub(entry[1], 3)
  found[#found + 1] = entry[2][2]
end
return found
`;

/** KEYS: the log. Yields the position of its newest entry ever, '0' before the first. */
export const tailScript = `#!lua flags=no-writes
${positions}
return newest(KEYS[1])
`;

/** KEYS: the log. ARGV: how far to skip ahead. Deletes the entries; a log that never had any stays as it is. */
export const breakScript = `#!lua
${positions}
local head = newest(KEYS[1])
if head == '0' then return 0 end
redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', 0)
redis.call('XSETID', KEYS[1], '0-' .. string.format('%.0f', tonumber(head) + tonumber(ARGV[1])))
return 1
`;

export const allScripts = [getScript, listScript, commitScript, deleteScript, readScript, tailScript, breakScript];

const hashes = new Map<string, string>();

/** The name under which Redis keeps a script. */
export function hashOf(script: string): string {
  const known = hashes.get(script);
  if (known !== undefined) return known;
  const hash = createHash('sha1').update(script).digest('hex');
  hashes.set(script, hash);
  return hash;
}
