"""The scripts that Redis runs for the read model: each is one step, so that its keys never disagree.

They make no keys up: a cluster would not allow it. `streams.read_model.layout` names them:

- `answers`, `histories`, `movements`: hashes of account ▸ bytes (`streams.read_model.records`); each account is in all;
- `by_tier`: a sorted set, in the order of its members' bytes, of tier, NUL, score in 16 characters, and account;
- `tiers`: a hash of tier ▸ accounts. A tier here is a tier or a standing (`streams.read_model.port.Group`);
- `models`: a hash of "name@version" ▸ model; `dictionaries`: a hash of id ▸ dictionary for answers;
- `changes`: a stream;
- `progress`: a hash of what is known of the copying. For partition 3: `3`, the offset up to which it is taken in;
  `3:end`, the offset up to which it must be for the model to be whole; `3:at`, when its projector was last heard of
  (Unix milliseconds). `accounts` is how many there are: a key that is evicted, expired or deleted alone shows by it.
  `dictionaries` is how many of these. `3:by` is the mark that the last write of accounts left: no two are the same.
  `changes` is the number of the last change, `filling` names this filling of the keys.
"""

from __future__ import annotations

GUARD = """
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return {-2} end
if redis.call('EXISTS', KEYS[2]) == 1 then return {-3} end
"""
"""The beginning of every script that writes: `KEYS` begins with `Keys.guards`, `ARGV` with `Keys.meant`
(`streams.read_model.layout`)."""

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

# Keys: answers, movements, progress. Arguments: a partition, and accounts. How far the partition is taken in, "" when
# that is not known, the mark of its last write, and what there is of each.
READ = """
local partition = table.remove(ARGV, 1)
local held, mark = redis.call('HGET', KEYS[3], partition) or '', redis.call('HGET', KEYS[3], partition .. ':by') or ''
if #ARGV == 0 then return {held, mark, {}, {}} end
return {held, mark, redis.call('HMGET', KEYS[1], unpack(ARGV)), redis.call('HMGET', KEYS[2], unpack(ARGV))}
"""

# Keys: answers, histories, movements, by_tier, tiers, progress, changes, dictionaries. Arguments: the partition; up to
# where it was taken in, and its mark, when the accounts were read: it must still have both, or nothing that is written
# here is true; up to where it is now, or "" for no change of that; its new mark; `news`, or `restored`, after which
# readers look at everything again; how many dictionaries, and for each its id and itself. Then eight for each account:
# its id; tier and member that it had, "" for none; those that it has; answer, "" where it goes; history and movements,
# "=" where they stay.
WRITE = (
    GUARD
    + CHANGED
    + """
local answers, histories, movements, by_tier, tiers, progress = KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local partition, held = ARGV[2], redis.call('HGET', KEYS[8], ARGV[2]) or '0'
if held ~= ARGV[3] or (redis.call('HGET', progress, partition .. ':by') or '') ~= ARGV[4] then return {-1} end
local first = 9 + 2 * ARGV[8]
for i = 9, first - 1, 2 do
  local is_new = redis.call('HSETNX', KEYS[10], ARGV[i], ARGV[i + 1])
  if is_new == 1 then redis.call('HINCRBY', progress, 'dictionaries', 1) end
end
local added = 0
for i = first, #ARGV, 8 do
  local account, old_tier, old_member = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local tier, member, answer, history, moved = ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], ARGV[i + 6], ARGV[i + 7]
  if old_member ~= '' and old_member ~= member and redis.call('ZREM', by_tier, old_member) == 1 then
    if redis.call('HINCRBY', tiers, old_tier, -1) <= 0 then redis.call('HDEL', tiers, old_tier) end
  end
  if answer == '' then
    added = added - redis.call('HDEL', answers, account)
    redis.call('HDEL', histories, account)
    redis.call('HDEL', movements, account)
    changed(account, 'removed')
  else
    if redis.call('ZADD', by_tier, 0, member) == 1 then redis.call('HINCRBY', tiers, tier, 1) end
    if history ~= '=' then redis.call('HSET', histories, account, history) end
    if moved ~= '=' then redis.call('HSET', movements, account, moved) end
    added = added + redis.call('HSET', answers, account, answer)
    changed(account, 'answer')
  end
end
if added ~= 0 then redis.call('HINCRBY', progress, 'accounts', added) end
if ARGV[5] ~= '' then redis.call('HSET', progress, partition, ARGV[5]) end
redis.call('HSET', progress, partition .. ':by', ARGV[6])
if ARGV[7] == 'restored' then redis.call('HDEL', progress, 'filling') else append_changes(progress, KEYS[9]) end
return {0}
"""
)

# Keys: a hash. Arguments: its fields and values.
SET = (
    GUARD
    + """
redis.call('HSET', KEYS[3], unpack(ARGV, 2))
return {0}
"""
)

# Keys: progress, and all. What remains is what is expected, so that readers know that the model is being filled.
CLEAR = (
    GUARD
    + """
redis.call('UNLINK', unpack(KEYS, 4))
if #ARGV > 1 then redis.call('HSET', KEYS[3], unpack(ARGV, 2)) end
return {0}
"""
)

# Keys: answers, histories, movements, by_tier, tiers, models, dictionaries, changes, progress. The sizes of the first
# eight (of `tiers`, what it counts), -1 for what is not of its type; then `progress`.
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
local progress = size(KEYS[9], 'hash', 'HLEN')
if progress > 0 then progress = redis.call('HGETALL', KEYS[9]) elseif progress == 0 then progress = {} end
return {
  size(KEYS[1], 'hash', 'HLEN'), size(KEYS[2], 'hash', 'HLEN'), size(KEYS[3], 'hash', 'HLEN'),
  size(KEYS[4], 'zset', 'ZCARD'), counted, size(KEYS[6], 'hash', 'HLEN'), size(KEYS[7], 'hash', 'HLEN'),
  size(KEYS[8], 'stream', 'XLEN'), progress
}
"""

# Keys: progress, changes. Arguments: the filling, the number of a change, how many to return. What came after it; -1
# where that is not known any more: the keys were filled again, or the stream begins later.
CHANGES = """
local filling = redis.call('HGET', KEYS[1], 'filling') or ''
local last = tonumber(redis.call('HGET', KEYS[1], 'changes') or '0')
local after = tonumber(ARGV[2])
if filling ~= ARGV[1] or last < after then return -1 end
if last == after then return {} end
local next_id = string.format('%.0f-0', after + 1)
local found = redis.call('XRANGE', KEYS[2], next_id, '+', 'COUNT', ARGV[3])
if not found[1] or found[1][1] ~= next_id then return -1 end
return found
"""

# Keys: the pointer, the hold, the progress of the generation that serves, and of the one that shall; then pairs of keys
# of the two, whose data moves from the one to the other. Argument: the number of the latter. 1 if it serves now, 0 if
# it has not taken in exactly the same.
SWITCH = """
local function of(key)
  local numbers, count = {}, 0
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    if string.match(fields[i], '^%d+$') then
      numbers[fields[i]] = fields[i + 1]
      count = count + 1
    end
  end
  return numbers, count
end
local old, old_count = of(KEYS[3])
local new, new_count = of(KEYS[4])
if redis.call('EXISTS', KEYS[2]) == 0 or old_count ~= new_count then return 0 end
for partition, held in pairs(old) do if new[partition] ~= held then return 0 end end
for _, ending in ipairs({'end', 'at'}) do
  for partition, _ in pairs(old) do
    local known = redis.call('HGET', KEYS[3], partition .. ':' .. ending)
    if known then redis.call('HSET', KEYS[4], partition .. ':' .. ending, known) end
  end
end
for i = 5, #KEYS, 2 do
  if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('RENAME', KEYS[i], KEYS[i + 1]) end
end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
return 1
"""
