"""The scripts that Redis runs for the read model: each is one step, so that its keys never disagree.

All take the same keys, in the order of `KEYS`, and make none up: a cluster would not allow it.
"""

from __future__ import annotations

KEYS = ("answers", "heads", "worst", "by_tier", "tiers", "progress", "models")
"""What is called a tier here is a tier or a standing (`streams.read_model.port.Group`).

Hash of account ▸ answer; hash of account ▸ head; sorted set of accounts by score; sorted set, in the order of
its members' bytes, of tier, score and account; hash of tier ▸ accounts; hash of what is known of the copying; hash of
"name@version" ▸ model.

`progress` holds, for partition 3: `3`, the offset up to which it is taken in; `3:end`, the offset up to which it
must be for the model to be whole; `3:at`, when its projector was last heard of (Unix milliseconds). `accounts` is how
many there are: a key that is evicted, expired or deleted alone shows by it.
"""

GUARD = """
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return {-2} end
if redis.call('EXISTS', KEYS[2]) == 1 then return {-3} end
"""
"""The beginning of every script that writes to a generation that serves: `KEYS` begins with the pointer and the hold
(`streams.read_model.layout.Keys`), `ARGV` with the number of the generation that is meant."""

CHANGED = """
local changed_accounts, changed_whats = {}, {}
local function changed(account, what)
  changed_accounts[#changed_accounts + 1] = account
  changed_whats[#changed_whats + 1] = what
end
local function append_changes(progress, changes)
  if #changed_accounts == 0 then return end
  if redis.call('HEXISTS', progress, 'filling') == 0 then
    local time = redis.call('TIME')
    redis.call('HSET', progress, 'filling', time[1] .. '-' .. time[2])
  end
  local last = redis.call('HINCRBY', progress, 'changes', #changed_accounts)
  for i, account in ipairs(changed_accounts) do
    local id = string.format('%.0f-0', last - #changed_accounts + i)
    redis.call('XADD', changes, 'MAXLEN', '~', 100000, id, 'account', account, 'what', changed_whats[i])
  end
end
"""
"""Functions for any script that writes: `changed(account, what)` for each change, and at its end
`append_changes(progress, changes)` with the keys "progress" and "changes" of the generation, which appends them to the
stream of changes. Entries are numbered without a gap; `filling` in the progress names this filling of the keys."""

# The head of an account is its version in 40 digits (Lua's numbers are exact to 2^53 only), its score in 16, then its
# tier; it is written last, so that an account that Redis could not finish (out of memory) is written again.
WRITE = """
local answers, heads, worst, by_tier, tiers, progress = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local partition, from, to = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local held = tonumber(redis.call('HGET', progress, partition) or '0')
if held < from then return {-1, held} end

local function member(tier, place, account) return tier .. '\\0' .. place .. account end

local function leave(account, tier, place)
  redis.call('ZREM', by_tier, member(tier, place, account))
  if redis.call('HINCRBY', tiers, tier, -1) <= 0 then redis.call('HDEL', tiers, tier) end
end

local stored, removed, duplicate, stale, added = 0, 0, 0, 0, 0
for i = 4, #ARGV, 7 do
  local offset, account, version = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2]
  local tier, score, place, body = ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], ARGV[i + 6]
  local head = redis.call('HGET', heads, account)
  local known, old_place, old_tier = '', '', ''
  if head then known, old_place, old_tier = string.sub(head, 1, 40), string.sub(head, 41, 56), string.sub(head, 57) end
  if offset < held or version == known then
    duplicate = duplicate + 1
  elseif version == '' then
    redis.call('HDEL', answers, account)
    redis.call('ZREM', worst, account)
    leave(account, old_tier, old_place)
    redis.call('HDEL', heads, account)
    removed, added = removed + 1, added - 1
  elseif version < known then
    stale = stale + 1
  else
    redis.call('HSET', answers, account, body)
    redis.call('ZADD', worst, score, account)
    if head then leave(account, old_tier, old_place) else added = added + 1 end
    redis.call('ZADD', by_tier, 0, member(tier, place, account))
    redis.call('HINCRBY', tiers, tier, 1)
    redis.call('HSET', heads, account, version .. place .. tier)
    stored = stored + 1
  end
end
if added ~= 0 then redis.call('HINCRBY', progress, 'accounts', added) end
if to > held then redis.call('HSET', progress, partition, ARGV[3]) end
return {stored, removed, duplicate, stale}
"""

# What remains is what is expected, so that readers know that the model is being filled.
CLEAR = """
redis.call('UNLINK', unpack(KEYS))
if #ARGV > 0 then redis.call('HSET', KEYS[6], unpack(ARGV)) end
return 0
"""

# The sizes of the first five keys (of `tiers`, what it counts) and of `models`, -1 for what is not of its type; then
# `progress`.
STATE = """
local function size(key, kind, command)
  local found = redis.call('TYPE', key).ok
  if found == 'none' then return 0 end
  if found ~= kind then return -1 end
  return redis.call(command, key)
end
local counted = size(KEYS[5], 'hash', 'HLEN')
if counted > 0 then
  counted = 0
  for _, count in ipairs(redis.call('HVALS', KEYS[5])) do counted = counted + (tonumber(count) or 0) end
end
local progress = size(KEYS[6], 'hash', 'HLEN')
if progress > 0 then progress = redis.call('HGETALL', KEYS[6]) elseif progress == 0 then progress = {} end
return {
  size(KEYS[1], 'hash', 'HLEN'), size(KEYS[2], 'hash', 'HLEN'),
  size(KEYS[3], 'zset', 'ZCARD'), size(KEYS[4], 'zset', 'ZCARD'), counted,
  size(KEYS[7], 'hash', 'HLEN'), progress
}
"""
