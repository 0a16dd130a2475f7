"""The records of an account besides its head: tiles, daily totals, open items and event ids, to bytes and back."""

from __future__ import annotations

import struct
from array import array
from itertools import accumulate, pairwise

import msgspec

from scoring.plan.plan import Plan
from scoring.state.account import Account
from scoring.state.daily_totals import TOTALS_BLOCK_DAYS
from scoring.state.event_ids import Chunk
from scoring.state.tiles import NO_CEILING, Alike, Counts, Tile, Values
from streams.changelog.record_types import DailyTotalsRecord, ItemsRecord, Rank, TileRecord
from streams.changelog.records import body_of, deletion_marker, ranked

_COUNT = struct.Struct("<I")
_IS_BIG_ENDIAN = struct.pack("=H", 1) == struct.pack(">H", 1)


def encode_items(plan: Plan, account: Account, applied_offsets: list[int], rank: Rank) -> bytes:
    """The record of the open items; a deletion marker when none is kept any more."""
    items = {each.identity: kept for each, kept in zip(plan.open_items, account.open_items, strict=True) if kept}
    items.update({tally.identity: kept for tally, kept in zip(plan.tallies, account.tallies, strict=True) if kept})
    if not items:
        return deletion_marker(rank)
    return ranked(rank, msgspec.msgpack.encode(ItemsRecord(applied_offsets, items)))


def add_items(plan: Plan, account: Account, value: bytes) -> None:
    """Put the record of the open items into `account`. It may be newer than the head: the latest event of an id
    decides, so that a replay changes nothing."""
    record = msgspec.msgpack.decode(body_of(value), type=ItemsRecord)
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
    return ranked(rank, msgspec.msgpack.encode(record))


def add_tile(plan: Plan, account: Account, day: int, value: bytes) -> list[int]:
    """Put a tile record into `account`; returns the record's applied offsets."""
    record = msgspec.msgpack.decode(body_of(value), type=TileRecord)
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
    """The record of a chunk of ids: the number of ids with an origin, the fingerprints, then the origins of the last
    of them, eight bytes each, little-endian."""
    return ranked(rank, b"".join((_COUNT.pack(len(chunk.origins)), _le(chunk.prints), _le(chunk.origins))))


def decode_ids(value: bytes) -> Chunk:
    body = body_of(value)
    (count,) = _COUNT.unpack_from(body)
    chunk, end = Chunk(), len(body) - 8 * count
    chunk.prints.frombytes(body[_COUNT.size : end])
    chunk.origins.frombytes(body[end:])
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
    """The differences between neighbours: small numbers, which take a single byte each."""
    return [bucket - before for before, bucket in pairwise([first, *buckets])]


def _buckets(first: int, steps: list[int]) -> list[int]:
    return list(accumulate(steps, initial=first))[1:]


def encode_totals(plan: Plan, account: Account, block: int, applied_offsets: list[int], rank: Rank) -> bytes:
    """The record of one block of daily totals; a deletion marker when all its days have expired."""
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
    return ranked(rank, msgspec.msgpack.encode(DailyTotalsRecord(applied_offsets, totals)))


def add_totals(plan: Plan, account: Account, block: int, value: bytes) -> list[int]:
    """Put a block of daily totals into `account`; returns the record's applied offsets."""
    record = msgspec.msgpack.decode(body_of(value), type=DailyTotalsRecord)
    first = block * TOTALS_BLOCK_DAYS
    for daily in plan.daily_totals:
        for day, number in record.totals.get(daily.identity, {}).items():
            account.totals[daily.number][first + day] = number
    return record.applied_offsets
