"""The changelog's records: how an account's state is laid out in bytes.

An account is one *head* (last values, tier, sequence, recent notification), one *tile* a day, blocks of *daily
totals*, its *items*, what is open by id, and *chunks* of the ids of events that it got lately. Each partition has
one record of its own. Series are found again by fingerprint, so a changed model takes up what it shares with the old
one. Every record begins with (schema, epoch, version): of two records of one key the greater wins, whatever their order
in the log, so a stale writer cannot undo its successor's work. An account's first write under a new epoch writes all of
it: what has a lesser epoch than the head is a stale writer's, and is ignored. What is gone is first written as a
*deletion marker*, a record of nothing but its rank; only when that is acknowledged does a tombstone
follow, which has no rank.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable
from itertools import accumulate, pairwise

import msgspec

from scoring.event.topics import INPUT_TOPICS
from scoring.fold.life import live
from scoring.instants import FAR
from scoring.plan.plan import Plan
from scoring.state.account import Account
from scoring.state.daily_totals import TOTALS_BLOCK_DAYS
from scoring.state.event_ids import Chunk
from scoring.state.tiles import NO_CEILING, Alike, Counts, Tile, Values
from streams.changelog.record_types import (
    AccountProgress,
    DailyTotalsRecord,
    Head,
    HeadPrefix,
    ItemsRecord,
    Key,
    PartitionRecord,
    Rank,
    Stored,
    TileRecord,
)

SCHEMA = 6
PARTITION_KEY = b"p"
RECORD_MAX_BYTES = 768 * 1024
"""No record may be longer: the worker stops before it sends one. A day of an account that does something in every
second of it, in four series at a resolution of one second, keeps below."""

_PREFIX = struct.Struct(">BIQ")
_HEAD_PREFIX = struct.Struct(">BIQQQbd")
_DAY = struct.Struct(">i")
_CHUNK = struct.Struct(">iH")
_PACKED = struct.Struct(">BI")
_COUNT = struct.Struct("<I")
_IS_BIG_ENDIAN = struct.pack("=H", 1) == struct.pack(">H", 1)
_EPOCH_END, _RANK_END = 5, _PREFIX.size
HEAD, TILE, TOTALS, ITEMS, IDS = b"h", b"t", b"l", b"o", b"i"


_NAME_BEGINS = {HEAD: 1, ITEMS: 1, TILE: 1 + _DAY.size, TOTALS: 1 + _DAY.size, IDS: 1 + _CHUNK.size}
NO_RECORD = PartitionRecord(
    applied_offsets=[-1] * (len(INPUT_TOPICS) + 1),
    as_of_ms=0,
    flush=0,
    acknowledged_flushes={},
    norm_as_of_ms=0,
    norm={},
    parts={},
    outbox=[],
    awaiting_norm_ms=0,
    pending=[],
    refused=[],
    model="",
    norm_meanings={},
    kept={},
)
"""What a partition without a record of its own begins with."""


def head_key(account_id: str) -> bytes:
    return HEAD + account_id.encode()


def tile_key(account_id: str, day: int) -> bytes:
    return TILE + _DAY.pack(day) + account_id.encode()


def totals_key(account_id: str, block: int) -> bytes:
    return TOTALS + _DAY.pack(block) + account_id.encode()


def items_key(account_id: str) -> bytes:
    return ITEMS + account_id.encode()


def deletion_marker(rank: Rank) -> bytes:
    """The record of what is gone."""
    return _PREFIX.pack(SCHEMA, *rank)


def is_deletion_marker(value: bytes) -> bool:
    return len(value) == _PREFIX.size


def ids_key(account_id: str, day: int, chunk: int) -> bytes:
    return IDS + _CHUNK.pack(day, chunk) + account_id.encode()


def account_of_key(key: bytes) -> str:
    """The account whose record it is. Not for the partition's own."""
    return key[_NAME_BEGINS[key[:1]] :].decode()


def packed(stored: Iterable[Stored]) -> bytes:
    """Records of one account in one piece, without its name."""
    parts: list[bytes] = []
    for key, value in stored:
        begin = _NAME_BEGINS[key[:1]]
        parts += (_PACKED.pack(begin, len(value)), key[:begin], value)
    return b"".join(parts)


def unpacked(pack: bytes, account_id: str) -> list[Stored]:
    """The records in a pack."""
    stored: list[Stored] = []
    name, at = account_id.encode(), 0
    while at < len(pack):
        begin, length = _PACKED.unpack_from(pack, at)
        at += _PACKED.size
        stored.append((pack[at : at + begin] + name, pack[at + begin : at + begin + length]))
        at += begin + length
    return stored


def parse_key(key: bytes) -> Key:
    """The parts of a record's key."""
    kind = key[:1]
    if kind == PARTITION_KEY:
        return Key(kind, "", 0)
    account_id = account_of_key(key)
    if kind == IDS:
        return Key(kind, account_id, *_CHUNK.unpack_from(key, 1))
    return Key(kind, account_id, _DAY.unpack_from(key, 1)[0] if kind in (TILE, TOTALS) else 0)


def rank_of(value: bytes) -> Rank:
    """A record's rank, read without decoding the rest.

    Raises:
        ValueError: when a newer release wrote it.
    """
    schema, epoch, version = _PREFIX.unpack_from(value)
    if schema != SCHEMA:
        raise ValueError(
            f"the changelog holds records of schema {schema}, this release reads {SCHEMA}: "
            "run the release that wrote them, or start a new VITALS_GROUP to rebuild the state"
        )
    return Rank(epoch, version)


def greatest(pairs: Iterable[tuple[bytes, bytes | None]]) -> dict[bytes, bytes]:
    """What a changelog holds: see `keep_greatest`."""
    kept: dict[bytes, bytes] = {}
    keep_greatest(kept, pairs)
    return kept


def greatest_epoch(values: Iterable[bytes]) -> int:
    """The greatest epoch of these records, 0 when there are none."""
    return int.from_bytes(max((value[1:_EPOCH_END] for value in values), default=b""), "big")


def keep_greatest(
    kept: dict[bytes, bytes], pairs: Iterable[tuple[bytes, bytes | None]], overtaken: set[bytes] | None = None
) -> None:
    """Of each key keep the record of the greatest rank, whatever the order; a tombstone removes what came before it.

    `overtaken` has, afterwards, the keys of which a lesser record is the last: compaction would keep that one alone.

    Raises:
        ValueError: when another release wrote one.
    """
    for key, value in pairs:
        if value is None:
            kept.pop(key, None)
            continue
        if value[0] != SCHEMA:
            rank_of(value)
        held = kept.get(key)
        # Ranks are big-endian, so that their bytes are in their order.
        if held is None or value[1:_RANK_END] >= held[1:_RANK_END]:
            kept[key] = value
            if overtaken:
                overtaken.discard(key)
        elif overtaken is not None:
            overtaken.add(key)


def note_overtaken(overtaken: set[bytes], pairs: Iterable[tuple[bytes, bytes | None]], epoch: int) -> None:
    """Of records that came in since a writer with this `epoch` took over: the keys of which the last is another's."""
    for key, value in pairs:
        if value is None:
            continue
        if rank_of(value).epoch < epoch:
            overtaken.add(key)
        else:
            overtaken.discard(key)


def head_prefix(head: bytes) -> HeadPrefix:
    """A head's prefix, without decoding the rest."""
    _, _, _, due_at_ms, flush, tier, mrr = _HEAD_PREFIX.unpack_from(head)
    return HeadPrefix(due_at_ms, flush, tier, mrr)


def encode_head(head: Head, rank: Rank, prefix: HeadPrefix) -> bytes:
    return _HEAD_PREFIX.pack(SCHEMA, rank.epoch, rank.version, *prefix) + msgspec.msgpack.encode(head)


def decode_head(value: bytes) -> Head:
    return msgspec.msgpack.decode(value[_HEAD_PREFIX.size :], type=Head)


def encode_partition(record: PartitionRecord, rank: Rank) -> bytes:
    return _PREFIX.pack(SCHEMA, *rank) + msgspec.msgpack.encode(record)


def decode_partition(value: bytes) -> PartitionRecord:
    return msgspec.msgpack.decode(value[_PREFIX.size :], type=PartitionRecord)


def head_of(plan: Plan, account: Account, applied_offsets: list[int], progress: AccountProgress) -> Head:
    """The head of an account as it is now."""
    return Head(
        applied_offsets=applied_offsets,
        as_of_ms=account.as_of_ms,
        stretches=account.stretches,
        latest_values={
            key: held
            for key, held in zip(plan.latest_value_slots, account.latest_values, strict=True)
            if held is not None
        },
        latest_at={key: at for key, at in zip(plan.latest_at_slots, account.latest_at, strict=True) if at >= 0},
        first_at={key: at for key, at in zip(plan.first_at_slots, account.first_at, strict=True) if at < FAR},
        baseline=progress.baseline,
        sequence=progress.sequence,
        outbox=progress.outbox,
        model=plan.model.name,
        model_version=plan.model.version,
        override=progress.override,
        shadows=progress.shadows,
        last_transition=progress.last_transition,
        created_after_control_offset=progress.created_after_control_offset,
        settled_ms=progress.settled_ms,
    )


def account_of(plan: Plan, head: Head) -> Account:
    """An account with all that its head holds; its other records are still to be added, then `restore`."""
    account = Account(plan.sizes, head.as_of_ms)
    if head.stretches:
        live(plan, account, head.stretches)
    account.latest_values = [head.latest_values.get(key) for key in plan.latest_value_slots]
    account.latest_at = [head.latest_at.get(key, -1) for key in plan.latest_at_slots]
    account.first_at = [head.first_at.get(key, FAR) for key in plan.first_at_slots]
    return account


def encode_items(plan: Plan, account: Account, applied_offsets: list[int], rank: Rank) -> bytes:
    """The record of what is open; a deletion marker when nothing is kept any more."""
    items = {each.identity: kept for each, kept in zip(plan.open_items, account.open_items, strict=True) if kept}
    items.update({tally.identity: kept for tally, kept in zip(plan.tallies, account.tallies, strict=True) if kept})
    if not items:
        return deletion_marker(rank)
    return _PREFIX.pack(SCHEMA, *rank) + msgspec.msgpack.encode(ItemsRecord(applied_offsets, items))


def add_items(plan: Plan, account: Account, value: bytes) -> None:
    """Put the record of what is open into `account`. It may be newer than the head: the latest event of an id decides,
    so that what is replayed changes nothing."""
    record = msgspec.msgpack.decode(value[_PREFIX.size :], type=ItemsRecord)
    for open_items in plan.open_items:
        account.open_items[open_items.number] = record.items.get(open_items.identity, {})
    for tally in plan.tallies:
        account.tallies[tally.number] = record.items.get(tally.identity, {})


def encode_tile(plan: Plan, tile: Tile, day: int, applied_offsets: list[int], rank: Rank) -> bytes:
    first = day * plan.buckets_a_day
    record = TileRecord(
        applied_offsets=applied_offsets,
        counts={
            series.identity: (_steps(first, counts.buckets), counts.numbers)
            for series, counts in zip(plan.count_series, tile.counts, strict=True)
            if counts is not None
        },
        values={
            series.identity: (_steps(first, values.buckets), [sorted(held) for held in values.sets])
            for series, values in zip(plan.value_series, tile.values, strict=True)
            if values is not None
        },
        ceilings={
            series.identity: values.ceiling
            for series, values in zip(plan.value_series, tile.values, strict=True)
            if values is not None and values.ceiling < NO_CEILING
        },
        alikes={
            series.identity: (counts.alike.event, counts.alike.user, counts.alike.number)
            for series, counts in zip(plan.count_series, tile.counts, strict=True)
            if counts is not None and counts.alike is not None
        },
    )
    return _PREFIX.pack(SCHEMA, *rank) + msgspec.msgpack.encode(record)


def add_tile(plan: Plan, account: Account, day: int, value: bytes) -> list[int]:
    """Put a tile record into `account`; answers the record's applied_offsets."""
    record = msgspec.msgpack.decode(value[_PREFIX.size :], type=TileRecord)
    first = day * plan.buckets_a_day
    tile = account.tiles[day] = Tile(len(plan.count_series), len(plan.value_series))
    for series in plan.count_series:
        if (kept := record.counts.get(series.identity)) is not None:
            counts = tile.counts[series.number] = Counts(_buckets(first, kept[0]), kept[1])
            if series.number in plan.alikes and (alike := record.alikes.get(series.identity)) is not None:
                counts.alike = Alike(*alike)
    for series in plan.value_series:
        if (held := record.values.get(series.identity)) is not None:
            ceiling = record.ceilings.get(series.identity, NO_CEILING)
            tile.values[series.number] = Values(_buckets(first, held[0]), [set(each) for each in held[1]], ceiling)
    return record.applied_offsets


def encode_ids(chunk: Chunk, rank: Rank) -> bytes:
    """The record of a chunk of ids: how many have an origin, the fingerprints, then the origins of the last of them,
    eight bytes each, little-endian."""
    return b"".join(
        (_PREFIX.pack(SCHEMA, *rank), _COUNT.pack(len(chunk.origins)), _le(chunk.prints), _le(chunk.origins))
    )


def decode_ids(value: bytes) -> Chunk:
    (count,) = _COUNT.unpack_from(value, _PREFIX.size)
    chunk, end = Chunk(), len(value) - 8 * count
    chunk.prints.frombytes(value[_PREFIX.size + _COUNT.size : end])
    chunk.origins.frombytes(value[end:])
    if _IS_BIG_ENDIAN:
        chunk.prints.byteswap()
        chunk.origins.byteswap()
    return chunk


def _le(numbers: array[int]) -> bytes:
    """The numbers as bytes, little-endian."""
    if _IS_BIG_ENDIAN:
        numbers = array(numbers.typecode, numbers)
        numbers.byteswap()
    return numbers.tobytes()


def _steps(first: int, buckets: list[int]) -> list[int]:
    """Differences, which are small numbers, and so single bytes."""
    return [bucket - before for before, bucket in pairwise([first, *buckets])]


def _buckets(first: int, steps: list[int]) -> list[int]:
    return list(accumulate(steps, initial=first))[1:]


def encode_totals(plan: Plan, account: Account, block: int, applied_offsets: list[int], rank: Rank) -> bytes:
    """The record of one block of daily totals; a deletion marker when no day of it counts any more."""
    first = block * TOTALS_BLOCK_DAYS
    totals = {
        daily.identity: {
            day - first: number
            for day in range(first, first + TOTALS_BLOCK_DAYS)
            if (number := account.totals[daily.number].get(day))
        }
        for daily in plan.daily_totals
    }
    if not any(totals.values()):
        return deletion_marker(rank)
    return _PREFIX.pack(SCHEMA, *rank) + msgspec.msgpack.encode(DailyTotalsRecord(applied_offsets, totals))


def add_totals(plan: Plan, account: Account, block: int, value: bytes) -> list[int]:
    """Put a block of daily totals into `account`; answers the record's applied_offsets."""
    record = msgspec.msgpack.decode(value[_PREFIX.size :], type=DailyTotalsRecord)
    first = block * TOTALS_BLOCK_DAYS
    for daily in plan.daily_totals:
        for day, number in record.totals.get(daily.identity, {}).items():
            account.totals[daily.number][first + day] = number
    return record.applied_offsets
