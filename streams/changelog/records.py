"""The changelog's records: their keys, ranks and frames.

An account is a *head*, and records of its own for what is large and seldom changes: one *tile* for a day, blocks of
*daily totals*, long lists of *items*, closed *chunks* of event ids (`streams.changelog.own_records`). Each partition
has one record too. State is named by fingerprints, so a changed model keeps what it shares with the old one.

Every record begins with (schema, epoch, version). Of two records of one key the greater wins, in any order, so a stale
writer cannot undo its successor's work. An account's first write under a new epoch writes all of it: a record with a
lesser epoch than the head is a stale writer's, and is ignored. A deletion is first written as a *deletion marker*, a
record of only its rank; when that is acknowledged, a tombstone follows, which has no rank. An account that was
forgotten has one record, the *forgotten marker*: earlier records of the account do not count. An account's records end
with a checksum.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from scoring.event.topics import INPUT_TOPICS
from streams.changelog.flat import DamagedRecord, Reader
from streams.changelog.record_types import ForgottenRecord, HeadPrefix, Key, OpaquePart, PartitionRecord, Rank

SCHEMA = 8
PARTITION_KEY = b"p"
RECORD_MAX_BYTES = 768 * 1024
"""The maximum length of a record: the worker stops before it sends a longer one. A day with an event in every second,
in four series at a resolution of one second, stays below it."""

_PREFIX = struct.Struct(">BIQ")
_HEAD_PREFIX = struct.Struct(">BIQQQbd?")
_DAY = struct.Struct(">i")
_IDENTITY = struct.Struct(">Q")
_CHUNK = struct.Struct(">I")
_LENGTH = struct.Struct("<I")
_EPOCH_END, _RANK_END = 5, _PREFIX.size
HEAD, TILE, TOTALS, ITEMS, IDS = b"h", b"t", b"l", b"o", b"i"
FORGOTTEN = b"f"
_PRINT_BYTES = 16


_NUMBERS = {TILE: _DAY, TOTALS: _DAY, ITEMS: _IDENTITY, IDS: _CHUNK}
NAME_BEGINS = {HEAD: 1, **{kind: 1 + number.size for kind, number in _NUMBERS.items()}}
"""By kind, where the account's id begins in a key."""
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


def items_key(account_id: str, identity: int) -> bytes:
    return ITEMS + _IDENTITY.pack(identity) + account_id.encode()


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


def checked(record: bytes) -> bytes:
    """An account's record, with its checksum (CRC-32) at the end."""
    return record + _LENGTH.pack(zlib.crc32(record))


def check(record: bytes) -> None:
    """Check the checksum of an account's record.

    Raises:
        DamagedRecord: when it is not that of its contents.
    """
    end = len(record) - _LENGTH.size
    if end < _RANK_END or _LENGTH.unpack_from(record, end)[0] != zlib.crc32(memoryview(record)[:end]):
        raise DamagedRecord("its checksum is wrong")


def checked_body(record: bytes) -> Reader:
    """A reader of the contents of an account's own record, after its rank.

    Raises:
        DamagedRecord: when its checksum is wrong.
    """
    check(record)
    return Reader(record, _RANK_END, len(record) - _LENGTH.size)


def is_deletion_marker(value: bytes) -> bool:
    return len(value) == _PREFIX.size


def ids_key(account_id: str, chunk: int) -> bytes:
    return IDS + _CHUNK.pack(chunk) + account_id.encode()


def account_of_key(key: bytes) -> str:
    """The account of a record's key. Not for the partition's own record, nor for a forgotten marker."""
    return key[NAME_BEGINS[key[:1]] :].decode()


def parse_key(key: bytes) -> Key:
    """The parts of a record's key."""
    kind = key[:1]
    if kind in (PARTITION_KEY, FORGOTTEN):
        return Key(kind, "", 0)
    number = _NUMBERS.get(kind)
    return Key(kind, account_of_key(key), number.unpack_from(key, 1)[0] if number is not None else 0)


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
    """A head's prefix, without decoding the rest. Raises what `begin_of_head` does."""
    return HeadPrefix(*begin_of_head(head)[2:])


def begin_of_head(head: bytes, *, is_checked: bool = False) -> tuple[int, int, int, int, int, float, bool]:
    """A head's rank and prefix, field by field. `is_checked`: the head was read here before, or made here.

    Raises:
        ValueError: when a newer release wrote it.
        DamagedRecord: when it is no head.
    """
    if not is_checked:
        if head[0] != SCHEMA:
            rank_of(head)
        check(head)
        if len(head) < _HEAD_PREFIX.size:
            raise DamagedRecord("a head is too short")
    _, epoch, version, due_at_ms, flush, tier, mrr, has_cases = _HEAD_PREFIX.unpack_from(head)
    return epoch, version, due_at_ms, flush, tier, mrr, has_cases


def join_head(rank: Rank, prefix: HeadPrefix, opaque: bytes, state: bytes) -> bytes:
    """A head of its parts; `state` are flat bytes."""
    begin = _HEAD_PREFIX.pack(SCHEMA, rank.epoch, rank.version, *prefix)
    return checked(b"".join((begin, _LENGTH.pack(len(opaque)), opaque, state)))


def split_head(head: bytes) -> tuple[OpaquePart, Reader]:
    """The opaque part of a head, and a reader of its state.

    Raises:
        DamagedRecord: when it is no head.
    """
    check(head)
    reader = Reader(head, _HEAD_PREFIX.size, len(head) - _LENGTH.size)
    begin = reader.take(_LENGTH.size)
    begin = reader.take(_LENGTH.unpack_from(head, begin)[0])
    try:
        return msgspec.msgpack.decode(memoryview(head)[begin : reader.at], type=OpaquePart), reader
    except msgspec.DecodeError as error:
        raise DamagedRecord(f"a head cannot be read ({error})") from None


def encode_opaque(opaque: OpaquePart) -> bytes:
    """The bytes of the opaque part of a head."""
    return msgspec.msgpack.encode(opaque)


def encode_partition(record: PartitionRecord, rank: Rank) -> bytes:
    return ranked(rank, msgspec.msgpack.encode(record))


def decode_partition(value: bytes) -> PartitionRecord:
    return msgspec.msgpack.decode(value[_RANK_END:], type=PartitionRecord)


def encode_forgotten(record: ForgottenRecord, rank: Rank) -> bytes:
    return ranked(rank, msgspec.msgpack.encode(record))


def decode_forgotten(value: bytes) -> ForgottenRecord:
    return msgspec.msgpack.decode(value[_RANK_END:], type=ForgottenRecord)
