"""Parts of an account's records as flat bytes: latest values, daily totals, items and ids.

Each piece of state is named by its identity, ascending, so that another model finds what it shares with the one that
wrote it.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left

from scoring.instants import DAY_MS, FAR
from scoring.plan.plan import Plan
from scoring.state.account import Account, LastValue
from scoring.state.daily_totals import TOTALS_BLOCK_DAYS
from scoring.state.event_ids import Chunk
from scoring.state.items import Item
from scoring.state.life import Stretch
from scoring.state.state_order import Pieces
from streams.changelog.flat import (
    INSTANT_MAX,
    DamagedRecord,
    Reader,
    array_bytes,
    length_bytes,
    numbers_bytes,
    text_bytes,
    words_bytes,
)

_NUMBER, _TEXT = b"\0", b"\1"
_F64 = struct.Struct("<d")
DAY_MAX = INSTANT_MAX // DAY_MS
"""The last day that a record may name."""
TOTAL_MAX = 1 << 38
"""The most events of a day that a record may count."""
VALUE_MAX = 1e290
"""No value or weight is greater: sums of them stay finite."""
PERIOD_MIN = -(1 << 28)
"""The least period of ids with an unknown arrival."""


def encode_stretches(stretches: list[Stretch]) -> bytes:
    """The stretches of an account's life: first and last instant, and whether there are days between."""
    parts = [length_bytes(len(stretches))]
    for first, last, has_between in stretches:
        parts += (words_bytes("q", [first, last]), b"\1" if has_between else b"\0")
    return b"".join(parts)


def read_stretches(reader: Reader) -> list[Stretch]:
    return [(reader.instant(), reader.instant(), reader.byte() != 0) for _ in range(reader.length())]


def encode_latest_values(pieces: Pieces, held: list[LastValue | None]) -> bytes:
    """Latest values: instant, tie, and a number or a text."""
    parts: list[bytes] = []
    for identity, place in pieces.in_order:
        latest = held[place]
        if latest is not None:
            at, tie, value = latest
            said = _TEXT + text_bytes(value) if isinstance(value, str) else _NUMBER + _F64.pack(value)
            parts += (identity, words_bytes("Q", [at, tie]), said)
    return length_bytes(len(parts) // 3) + b"".join(parts)


def read_latest_values(pieces: Pieces, held: list[LastValue | None], reader: Reader) -> None:
    for _ in range(reader.length()):
        place = pieces.numbers.get(reader.number(), -1)
        at, tie, kind = reader.instant(), reader.number(), reader.byte()
        if kind > 1:
            raise DamagedRecord("a latest value is neither a number nor a text")
        value: float | str = reader.text() if kind else _value(reader)
        if place >= 0:
            held[place] = (at, tie, value)


def _value(reader: Reader) -> float:
    value = reader.floats(1)[0]
    if not -VALUE_MAX <= value <= VALUE_MAX:
        raise DamagedRecord("a value is beyond all measure")
    return value


def encode_instants(pieces: Pieces, held: list[int]) -> bytes:
    """Instants, those that there are: all identities, then all instants."""
    identities: list[bytes] = []
    instants: list[int] = []
    for identity, place in pieces.in_order:
        at = held[place]
        if 0 <= at < FAR:
            identities.append(identity)
            instants.append(at)
    return length_bytes(len(instants)) + b"".join(identities) + words_bytes("Q", instants)


def read_instants(pieces: Pieces, held: list[int], reader: Reader) -> None:
    length = reader.length()
    identities, instants = reader.words("Q", length), reader.words("Q", length)
    if length and max(instants) > INSTANT_MAX:
        raise DamagedRecord("an instant is out of the calendar")
    for identity, at in zip(identities, instants, strict=True):
        place = pieces.numbers.get(identity, -1)
        if place >= 0:
            held[place] = at


def encode_totals(plan: Plan, account: Account, begin: int, end: int) -> bytes:
    """The daily totals of the days [begin, end)."""
    found: list[tuple[bytes, list[int], list[int]]] = []
    for identity, place in plan.state_order.totals.in_order:
        totals = account.totals[place]
        days = sorted(totals)
        days = days[bisect_left(days, begin) : bisect_left(days, end)]
        if days:
            found.append((identity, days, [totals[day] for day in days]))
    first = min([days[0] for _, days, _ in found], default=0)
    parts = [words_bytes("q", [first]), length_bytes(len(found))]
    for identity, days, numbers in found:
        before = first
        steps: list[int] = []
        for day in days:
            steps.append(day - before)
            before = day
        parts += (identity, numbers_bytes(steps), numbers_bytes(numbers))
    return b"".join(parts)


def read_totals(plan: Plan, account: Account, reader: Reader, block: int | None = None) -> None:
    """Put daily totals into `account`; with a `block`, all must be days of it."""
    first = reader.signed()
    for _ in range(reader.length()):
        place = plan.state_order.totals.numbers.get(reader.number(), -1)
        steps, numbers = reader.numbers(), reader.numbers()
        if len(steps) != len(numbers) or not steps or min(steps[1:], default=1) <= 0:
            raise DamagedRecord("its daily totals do not match their days")
        if first + steps[0] < 0 or first + sum(steps) > DAY_MAX:
            raise DamagedRecord("a day is out of the calendar")
        if min(numbers) <= 0 or max(numbers) > TOTAL_MAX:
            raise DamagedRecord("a daily total is out of range")
        day = first
        for step, number in zip(steps, numbers, strict=True):
            day += step
            if block is not None and day // TOTALS_BLOCK_DAYS != block:
                raise DamagedRecord("a daily total is of another block")
            if place >= 0:
                account.totals[place][day] = number


def encode_items(items: dict[int, Item]) -> bytes:
    """Items by fingerprint, ascending: all fingerprints, then all instants, ties and weights."""
    keys = sorted(items)
    held = [items[key] for key in keys]
    parts = [length_bytes(len(keys)), words_bytes("Q", keys)]
    parts.append(words_bytes("q", [at for at, _, _ in held]))
    parts.append(words_bytes("Q", [tie for _, tie, _ in held]))
    parts.append(words_bytes("d", [weight for _, _, weight in held]))
    return b"".join(parts)


def read_items(reader: Reader) -> dict[int, Item]:
    length = reader.length()
    keys, instants = reader.words("Q", length), reader.words("q", length)
    ties, weights = reader.words("Q", length), reader.floats(length)
    if length and not 0 <= min(instants) <= max(instants) <= INSTANT_MAX:
        raise DamagedRecord("an instant is out of the calendar")
    items: dict[int, Item] = {}
    for place in range(length):
        weight = weights[place]
        if not -VALUE_MAX <= weight <= VALUE_MAX:
            raise DamagedRecord("a value is beyond all measure")
        items[keys[place]] = (instants[place], ties[place], weight)
    if len(items) != length:
        raise DamagedRecord("it has an item twice")
    return items


def encode_chunk(chunk: Chunk) -> bytes:
    """Ids by period, ascending, each in order of arrival."""
    parts = [length_bytes(len(chunk.periods))]
    for period in sorted(chunk.periods):
        prints = chunk.periods[period]
        parts += (words_bytes("q", [period]), length_bytes(len(prints)), array_bytes(prints))
    return b"".join(parts)


def read_chunk(reader: Reader) -> Chunk:
    chunk = Chunk()
    for _ in range(reader.length()):
        period = reader.signed()
        prints: array[int] = reader.words("Q", reader.length())
        if not PERIOD_MIN <= period <= DAY_MAX:
            raise DamagedRecord("a period of ids is out of the calendar")
        if period in chunk.periods or not prints:
            raise DamagedRecord("its ids do not match their periods")
        chunk.add(period, prints)
    return chunk
