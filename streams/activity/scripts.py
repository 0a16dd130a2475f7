"""The scripts that Redis runs for the copies of activity and of cases: each is one step, so that its keys agree.

All begin with the pointer, the hold, and the keys "progress" and "changes" of the scores; then come the copy's own
progress and its data (`streams.activity.store.Copy`). The progress is a hash:

    analytics:3     the offset up to which that partition of that topic is taken in
    owner:3         the token of the loop that has the partition; only its writes count
    size=1          how many entries the first key of the data has: one that is evicted or deleted alone shows by it
    gone:<print>    an account that was forgotten: messages up to that time (Unix milliseconds) are refused
"""

from __future__ import annotations

from streams.read_model.scripts import CHANGED, GUARD

LOST, NOT_OWNER = -1, -4
"""The first numbers that `WRITE` returns when data is missing, and when another loop has the partition."""
FIXED_KEYS = 5
"""Keys before those of the data."""

CLAIM = (
    GUARD
    + """
redis.call('HSET', KEYS[5], 'owner:' .. ARGV[2], ARGV[3])
return {0, redis.call('HGETALL', KEYS[5])}
"""
)
"""ARGV: what the guard wants, partition, token. Returns the progress."""

CLEAR = (
    GUARD
    + """
for i = 5, #KEYS do redis.call('UNLINK', KEYS[i]) end
return {0}
"""
)

# Steps, each with three arguments: a letter, the number of a key, and what it does there.
WRITE = (
    GUARD
    + CHANGED
    + """
local progress, partition, token, topics = KEYS[5], ARGV[2], ARGV[3], tonumber(ARGV[4])
if redis.call('HGET', progress, 'owner:' .. partition) ~= token then return {-4} end
local at = 5
for i = 1, topics do
  local held = redis.call('HGET', progress, ARGV[at] .. ':' .. partition) or '0'
  if held ~= ARGV[at + 1] then return {-1} end
  at = at + 3
end

local added = {}
local function count(key, number)
  if number ~= 0 then added[key] = (added[key] or 0) + number end
end

local data = at
for i = at, #ARGV, 4 do
  local step, number, name, value = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2], ARGV[i + 3]
  local key = KEYS[number + 5]
  if step == 'set' then
    count(number, redis.call('HSET', key, name, value))
  elseif step == 'del' then
    count(number, -redis.call('HDEL', key, name))
  elseif step == 'rank' then
    count(number, redis.call('ZADD', key, value, name))
  elseif step == 'unrank' then
    count(number, -redis.call('ZREM', key, name))
  elseif step == 'cut' then
    for _, old in ipairs(redis.call('ZRANGE', key, 0, -1 - tonumber(value))) do
      count(number, -redis.call('ZREM', key, old))
      count(number + 1, -redis.call('HDEL', KEYS[number + 6], old))
    end
  elseif step == 'gone' then
    redis.call('HSET', progress, 'gone:' .. name, value)
  elseif step == 'news' then
    changed(name, value)
  end
end
for number, change in pairs(added) do
  redis.call('HINCRBY', progress, 'size=' .. number, change)
end
at = 5
for i = 1, topics do
  redis.call('HSET', progress, ARGV[at] .. ':' .. partition, ARGV[at + 2])
  at = at + 3
end
append_changes(KEYS[3], KEYS[4])
return {0}
"""
)
"""ARGV: what the guard wants, partition, token, how many topics, then name, start and end of each; then steps of four:
what to do, the number of a key among those of the data (from 1), a field or member, a value."""

STATE = (
    GUARD
    + """
local progress = redis.call('TYPE', KEYS[5]).ok
if progress == 'none' then return {0, 0} end
if progress ~= 'hash' then return {5, -1} end
for i = 6, #KEYS do
  local kind, size = redis.call('TYPE', KEYS[i]).ok, 0
  if kind == 'hash' then size = redis.call('HLEN', KEYS[i])
  elseif kind == 'zset' then size = redis.call('ZCARD', KEYS[i])
  elseif kind ~= 'none' then return {i, -1} end
  local counted = tonumber(redis.call('HGET', KEYS[5], 'size=' .. (i - 5)) or '0')
  if size ~= counted then return {i, size, counted} end
end
return {0, 1}
"""
)
"""Returns 0 and whether there is anything, or the number of a key that does not agree with the progress."""
