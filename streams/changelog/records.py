"""The changelog's records: how an account's state is laid out in bytes.

An account is one *head* (latest values, tier, sequence, recent notifications), one *tile* a day, blocks of *daily
totals*, its *items* (open items by id), and *chunks* of recent event ids. Each partition has one record of its own.
Series have fingerprints, so a changed model keeps the state that it shares with the old one.

Every record begins with (schema, epoch, version). Of two records of one key the greater wins, in any order, so a stale
writer cannot undo its successor's work. An account's first write under a new epoch writes all of it: a record with a
lesser epoch than the head is a stale writer's, and is ignored. A deletion is first written as a *deletion marker*, a
record of only its rank; when that is acknowledged, a tombstone follows, which has no rank. An account that was
forgotten has one record, the *forgotten marker*: earlier records of the account do not count.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from scoring.event.topics import INPUT_TOPICS
from streams.changelog.record_types import ForgottenRecord, Head, HeadPrefix, Key, PartitionRecord, Rank, Stored

SCHEMA = 7
PARTITION_KEY = b"p"
RECORD_MAX_BYTES = 768 * 1024
"""The maximum length of a record: the worker stops before it sends a longer one. A day with an event in every second,
in four series at a resolution of one second, stays below it."""

_PREFIX = struct.Struct(">BIQ")
_HEAD_PREFIX = struct.Struct(">BIQQQbd?")
_DAY = struct.Struct(">i")
_CHUNK = struct.Struct(">iH")
_PACKED = struct.Struct(">BI")
_EPOCH_END, _RANK_END = 5, _PREFIX.size
HEAD, TILE, TOTALS, ITEMS, IDS = b"h", b"t", b"l", b"o", b"i"
FORGOTTEN = b"f"
_PRINT_BYTES = 16


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
"""The initial record of a partition that has none."""


def head_key(account_id: str) -> bytes:
    return HEAD + account_id.encode()


def tile_key(account_id: str, day: int) -> bytes:
    return TILE + _DAY.pack(day) + account_id.encode()


def totals_key(account_id: str, block: int) -> bytes:
    return TOTALS + _DAY.pack(block) + account_id.encode()


def items_key(account_id: str) -> bytes:
    return ITEMS + account_id.encode()


def print_of(account_id: str) -> bytes:
    """What stands for an account in its forgotten marker: 16 bytes, from which the id cannot be read. Who knows an id
    can tell whether it was forgotten."""
    return blake2b(account_id.encode(), digest_size=_PRINT_BYTES, person=b"vitals forgotten").digest()


def forgotten_key(print_: bytes) -> bytes:
    """The key of the forgotten marker of the account with this print."""
    return FORGOTTEN + print_


def deletion_marker(rank: Rank) -> bytes:
    """The record of a deletion: only its rank."""
    return _PREFIX.pack(SCHEMA, *rank)


def ranked(rank: Rank, body: bytes) -> bytes:
    """A record: its rank and its contents."""
    return _PREFIX.pack(SCHEMA, *rank) + body


def body_of(value: bytes) -> bytes:
    """The contents of a record, after its rank."""
    return value[_PREFIX.size :]


def is_deletion_marker(value: bytes) -> bool:
    return len(value) == _PREFIX.size


def ids_key(account_id: str, day: int, chunk: int) -> bytes:
    return IDS + _CHUNK.pack(day, chunk) + account_id.encode()


def account_of_key(key: bytes) -> str:
    """The account of a record's key. Not for the partition's own record, nor for a forgotten marker."""
    return key[_NAME_BEGINS[key[:1]] :].decode()


def packed(stored: Iterable[Stored]) -> bytes:
    """The records of one account in one buffer, without its id."""
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
    if kind in (PARTITION_KEY, FORGOTTEN):
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
    """Keep the record of the greatest rank of each key, in any order; a tombstone removes the records before it.

    Afterwards `overtaken` has the keys whose last record is a lesser one: compaction would keep only that one.

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
        # Ranks are big-endian, so their bytes sort like the numbers.
        if held is None or value[1:_RANK_END] >= held[1:_RANK_END]:
            kept[key] = value
            if overtaken:
                overtaken.discard(key)
        elif overtaken is not None:
            overtaken.add(key)


def note_overtaken(overtaken: set[bytes], pairs: Iterable[tuple[bytes, bytes | None]], epoch: int) -> None:
    """The keys whose last record is another writer's, among those since the writer with `epoch` began."""
    for key, value in pairs:
        if value is None:
            continue
        if rank_of(value).epoch < epoch:
            overtaken.add(key)
        else:
            overtaken.discard(key)


def head_prefix(head: bytes) -> HeadPrefix:
    """A head's prefix, without decoding the rest."""
    _, _, _, *fields = _HEAD_PREFIX.unpack_from(head)
    return HeadPrefix(*fields)


def encode_head(head: Head, rank: Rank, prefix: HeadPrefix) -> bytes:
    return _HEAD_PREFIX.pack(SCHEMA, rank.epoch, rank.version, *prefix) + msgspec.msgpack.encode(head)


def decode_head(value: bytes) -> Head:
    return msgspec.msgpack.decode(value[_HEAD_PREFIX.size :], type=Head)


def encode_partition(record: PartitionRecord, rank: Rank) -> bytes:
    return ranked(rank, msgspec.msgpack.encode(record))


def decode_partition(value: bytes) -> PartitionRecord:
    return msgspec.msgpack.decode(body_of(value), type=PartitionRecord)


def encode_forgotten(record: ForgottenRecord, rank: Rank) -> bytes:
    return ranked(rank, msgspec.msgpack.encode(record))


def decode_forgotten(value: bytes) -> ForgottenRecord:
    return msgspec.msgpack.decode(body_of(value), type=ForgottenRecord)
