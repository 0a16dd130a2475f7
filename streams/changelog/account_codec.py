"""An account to records and back: `encode` and `decode`, one call each way.

A head is its rank and prefix, an opaque part that only this program reads, and the state as flat bytes: docs/state.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scoring.fold.fold import note_written, restore
from scoring.fold.life import live
from scoring.plan.plan import Plan
from scoring.state.account import Account
from scoring.state.daily_totals import TOTALS_BLOCK_DAYS
from streams.changelog import parts, records
from streams.changelog.ahead import Ahead
from streams.changelog.days_part import encode_days, read_days, tile_of
from streams.changelog.flat import DamagedRecord, Reader, length_bytes, numbers_bytes, steps_bytes, words_bytes
from streams.changelog.opaque_part import opaque_of, progress_of
from streams.changelog.own_records import DAY, IDS, ITEMS, TOTALS, Name, key_of, name_of, name_of_key, numbers_of
from streams.changelog.record_types import AccountProgress, HeadPrefix, Rank, Stored
from streams.topics import TOPICS

_EVER = 1 << 40
"""A day after all others."""
CHUNKS_MAX = (1 << 31) - 1
"""The greatest number of a chunk of ids."""


class Decoded(NamedTuple):
    """An account decoded from its records."""

    account: Account
    progress: AccountProgress
    own: set[Name]
    """Its own records."""
    unnamed: list[bytes]
    """The keys of records that are not its own (any more)."""
    ahead: Ahead
    """The messages that some own records have applied and the head has not."""


class Encoded(NamedTuple):
    """An account's records: its head, and the others by key."""

    head: bytes
    others: dict[bytes, bytes]
    own: set[Name]
    """The own records that the head names."""


def decode(plan: Plan, head: bytes, stored: Iterable[Stored]) -> Decoded:
    """The account in a head and in its other records, none of them a deletion marker.

    Raises:
        DamagedRecord: when a record is no record.
    """
    opaque, reader = records.split_head(head)
    offsets = _read_offsets(reader)
    account = Account(plan.sizes, reader.instant())
    _read_state(plan, account, reader)
    named = read_names(reader)
    reader.finish()
    own: set[Name] = set()
    unnamed: list[bytes] = []
    ahead = Ahead(offsets)
    for key, value in stored:
        name = name_of_key(records.parse_key(key))
        if name in named:
            own.add(name)
            _add(plan, account, ahead, name, value)
        else:
            unnamed.append(key)
    restore(plan, account)
    return Decoded(account, progress_of(opaque, offsets), own, unnamed, ahead)


def encode(
    plan: Plan,
    account_id: str,
    account: Account,
    progress: AccountProgress,
    rank: Rank,
    prefix: HeadPrefix,
    own: set[Name],
    held: set[Name],
) -> Encoded:
    """The head, and those of its `own` records that are not `held` as they are. Marks the account as written."""
    offsets = progress.applied_offsets
    others: dict[bytes, bytes] = {}
    for name in sorted((own - held) | (own & _changed(account, own))):
        body = _encode_own(plan, account, name, offsets)
        others[key_of(name, account_id)] = records.checked(records.ranked(rank, body))
    state = _encode_state(plan, account, offsets, own)
    note_written(account)
    return Encoded(records.join_head(rank, prefix, opaque_of(progress), state), others, own)


def decode_state(plan: Plan, state: bytes, chunks: Iterable[tuple[int, bytes]]) -> Account:
    """The account in the flat state of a head, and in chunks of ids that are closed, (number, contents)."""
    reader = Reader(state, 0, len(state))
    _read_offsets(reader)
    account = Account(plan.sizes, reader.signed())
    _read_state(plan, account, reader)
    read_names(reader)
    reader.finish()
    for number, body in chunks:
        account.event_ids.add(number, parts.read_chunk(Reader(body, 0, len(body))))
    restore(plan, account)
    return account


def applied_offsets_of(head: bytes) -> list[int]:
    """The applied offsets in a head, by topic, without decoding the rest."""
    return _read_offsets(records.split_head(head)[1])


def _changed(account: Account, own: set[Name]) -> set[Name]:
    """The names of all that changed since it was written."""
    names = {name_of(DAY, day) for day in account.changed_days}
    names.update([name_of(TOTALS, block) for block in account.changed_blocks])
    if account.items_changed:
        names.update([name for name in own if name & 3 == ITEMS])
    return names


# --- own records


def _encode_own(plan: Plan, account: Account, name: Name, offsets: list[int]) -> bytes:
    """The contents of an own record."""
    kind, number = name & 3, name >> 2
    if kind == DAY:
        return _offsets(offsets) + encode_days(plan, account, [number])
    if kind == TOTALS:
        begin = number * TOTALS_BLOCK_DAYS
        return _offsets(offsets) + parts.encode_totals(plan, account, begin, begin + TOTALS_BLOCK_DAYS)
    if kind == ITEMS:
        return parts.encode_items(plan.state_order.items_at(account, plan.state_order.items.numbers[number]))
    return parts.encode_chunk(account.event_ids.closed[number])


def _add(plan: Plan, account: Account, ahead: Ahead, name: Name, value: bytes) -> None:
    """Put an own record into a restored account. One of items may be newer than the head: the latest event of an id
    decides, so that a replay changes nothing. One of ids never changes."""
    kind, number = name & 3, name >> 2
    reader = records.checked_body(value)
    if kind == DAY:
        ahead.note_tile(number, _read_offsets(reader))
        tile_of(plan, account, number)
        read_days(plan, account, reader, number)
    elif kind == TOTALS:
        ahead.note_totals(number, _read_offsets(reader))
        parts.read_totals(plan, account, reader, number)
    elif kind == ITEMS:
        items, place = parts.read_items(reader), plan.state_order.items.numbers.get(number, -1)
        if place >= 0:
            plan.state_order.items_at(account, place).update(items)
    else:
        chunk = parts.read_chunk(reader)
        if not chunk.size:
            raise DamagedRecord("a chunk has no ids")
        account.event_ids.add(number, chunk)
        account.event_ids.next_number = max(account.event_ids.next_number, number + 1)
    reader.finish()


# --- the head


def _encode_state(plan: Plan, account: Account, offsets: list[int], own: set[Name]) -> bytes:
    order = plan.state_order
    blocks, days = numbers_of(TOTALS, own), numbers_of(DAY, own)
    begin = (blocks[-1] + 1) * TOTALS_BLOCK_DAYS if blocks else 0
    open_days = sorted([day for day in account.tiles if name_of(DAY, day) not in own])
    state = [
        _offsets(offsets),
        words_bytes("q", [account.as_of_ms]),
        parts.encode_stretches(account.stretches),
        parts.encode_latest_values(order.latest_values, account.latest_values),
        parts.encode_instants(order.latest_at, account.latest_at),
        parts.encode_instants(order.first_at, account.first_at),
        *_items(plan, account, own),
        encode_days(plan, account, open_days),
        parts.encode_totals(plan, account, begin, _EVER),
        words_bytes("q", [account.event_ids.next_number]),
        parts.encode_chunk(account.event_ids.open),
        steps_bytes(days),
        steps_bytes(blocks),
        steps_bytes(numbers_of(IDS, own)),
    ]
    identities = numbers_of(ITEMS, own)
    state += (length_bytes(len(identities)), words_bytes("Q", identities))
    return b"".join(state)


def _items(plan: Plan, account: Account, own: set[Name]) -> list[bytes]:
    found: list[bytes] = []
    for identity, place in plan.state_order.items.in_order:
        items = plan.state_order.items_at(account, place)
        if items and name_of(ITEMS, int.from_bytes(identity, "little")) not in own:
            found += (identity, parts.encode_items(items))
    return [length_bytes(len(found) // 2), *found]


def _read_state(plan: Plan, account: Account, reader: Reader) -> None:
    order = plan.state_order
    stretches = parts.read_stretches(reader)
    if stretches:
        live(plan, account, stretches)
    parts.read_latest_values(order.latest_values, account.latest_values, reader)
    parts.read_instants(order.latest_at, account.latest_at, reader)
    parts.read_instants(order.first_at, account.first_at, reader)
    for _ in range(reader.length()):
        place = order.items.numbers.get(reader.number(), -1)
        items = parts.read_items(reader)
        if place >= 0:
            order.items_at(account, place).update(items)
    read_days(plan, account, reader)
    parts.read_totals(plan, account, reader)
    account.event_ids.next_number = reader.signed()
    if not 0 <= account.event_ids.next_number <= CHUNKS_MAX:
        raise DamagedRecord("a number of a chunk is out of range")
    account.event_ids.add(-1, parts.read_chunk(reader))


def read_names(reader: Reader) -> set[Name]:
    """The own records that a head names."""
    named: list[tuple[int, int]] = []
    for kind, most in ((DAY, parts.DAY_MAX), (TOTALS, parts.DAY_MAX // TOTALS_BLOCK_DAYS), (IDS, CHUNKS_MAX)):
        named += [(kind, number) for number in reader.steps(most)]
    named += [(ITEMS, identity) for identity in reader.words("Q", reader.length())]
    return names_of(named)


def names_of(named: Iterable[tuple[int, int]]) -> set[Name]:
    """The names of own records, by kind and number."""
    return {name_of(kind, number) for kind, number in named}


def _offsets(applied_offsets: list[int]) -> bytes:
    return numbers_bytes([offset + 1 for offset in applied_offsets])


def _read_offsets(reader: Reader) -> list[int]:
    offsets = [number - 1 for number in reader.numbers()]
    if len(offsets) != len(TOPICS):
        raise DamagedRecord("it is not of as many topics as there are")
    return offsets
