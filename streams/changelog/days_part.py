"""Days of an account as flat bytes: buckets of counts and values, by the identity of their series.

Several days are one section, so that a series is named once. Buckets are relative: the first to the section's first
day, each other to the one before.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import accumulate

from scoring.plan.plan import Plan
from scoring.state.account import Account
from scoring.state.tiles import NO_CEILING, Alike, Counts, Tile, Values
from streams.changelog.flat import (
    INSTANT_MAX,
    DamagedRecord,
    Reader,
    length_bytes,
    numbers_bytes,
    text_bytes,
    words_bytes,
)
from streams.changelog.parts import DAY_MAX, TOTAL_MAX

NAME_MAX_CHARACTERS = 1_000
"""The longest name of an event or a user that a record may hold."""


def encode_days(plan: Plan, account: Account, days: list[int]) -> bytes:
    """The section of these days, ascending."""
    first = days[0] if days else 0
    tiles = [account.tiles[day] for day in days]
    parts = [words_bytes("q", [first])]
    parts += _counts(plan, tiles, first)
    parts += _values(plan, tiles, first)
    parts += _ceilings(plan, tiles, days)
    parts += _alikes(plan, tiles, days)
    return b"".join(parts)


def read_days(plan: Plan, account: Account, reader: Reader, only: int = -1) -> None:
    """Put the days of a section into `account`; with `only`, it must be a section of that day alone."""
    first = reader.signed()
    if only >= 0 and first != only:
        raise DamagedRecord("it is of another day")
    _check_days(first, 0, 0, -1)
    _read_counts(plan, account, reader, first, only)
    _read_values(plan, account, reader, first, only)
    _read_ceilings(plan, account, reader, first, only)
    _read_alikes(plan, account, reader, first, only)


def tile_of(plan: Plan, account: Account, day: int) -> Tile:
    """The tile of a day, created when it is the first of it."""
    tile = account.tiles.get(day)
    if tile is None:
        tile = account.tiles[day] = Tile(len(plan.count_series), len(plan.value_series))
    return tile


def _gaps(buckets: list[int], before: int) -> list[int]:
    gaps: list[int] = []
    for bucket in buckets:
        gaps.append(bucket - before)
        before = bucket
    return gaps


def _ascend(gaps: list[int]) -> bool:
    """Whether there are buckets, and they ascend from the first day on."""
    return bool(gaps) and gaps[0] >= 0 and min(gaps[1:], default=1) > 0


def _check_days(first: int, least: int, most: int, only: int) -> None:
    """Check days that are `least` to `most` after the first one of a section."""
    if first + least < 0 or first + most > DAY_MAX:
        raise DamagedRecord("a day is out of the calendar")
    if only >= 0 and (least != 0 or most != 0):
        raise DamagedRecord("it is of another day")


def _check_last(plan: Plan, last: int, only: int) -> None:
    """Check the last bucket of a series."""
    if last > INSTANT_MAX // plan.resolution_ms:
        raise DamagedRecord("a bucket is out of the calendar")
    if only >= 0 and last // plan.buckets_a_day != only:
        raise DamagedRecord("it is of another day")


def _counts(plan: Plan, tiles: list[Tile], first: int) -> list[bytes]:
    parts: list[bytes] = []
    begin = first * plan.buckets_a_day
    for identity, number in plan.state_order.counts.in_order:
        buckets: list[int] = []
        numbers: list[int] = []
        for tile in tiles:
            counts = tile.counts[number]
            if counts is not None:
                buckets += counts.buckets
                numbers += counts.numbers
        if buckets:
            parts += (identity, numbers_bytes(_gaps(buckets, begin)), numbers_bytes(numbers))
    return [length_bytes(len(parts) // 3), *parts]


def _values(plan: Plan, tiles: list[Tile], first: int) -> list[bytes]:
    parts: list[bytes] = []
    begin = first * plan.buckets_a_day
    for identity, number in plan.state_order.values.in_order:
        buckets: list[int] = []
        sizes: list[int] = []
        prints: list[int] = []
        for tile in tiles:
            values = tile.values[number]
            if values is not None:
                buckets += values.buckets
                for held in values.sets:
                    sizes.append(len(held))
                    prints += sorted(held)
        if buckets:
            parts += (identity, numbers_bytes(_gaps(buckets, begin)), numbers_bytes(sizes), words_bytes("Q", prints))
    return [length_bytes(len(parts) // 4), *parts]


def _ceilings(plan: Plan, tiles: list[Tile], days: list[int]) -> list[bytes]:
    """The ceilings of values, where there were too many: identity, day of the section, ceiling."""
    parts: list[bytes] = []
    for identity, number in plan.state_order.values.in_order:
        for day, tile in zip(days, tiles, strict=True):
            values = tile.values[number]
            if values is not None and values.ceiling < NO_CEILING:
                parts += (identity, words_bytes("Q", [day - days[0], values.ceiling]))
    return [length_bytes(len(parts) // 2), *parts]


def _alikes(plan: Plan, tiles: list[Tile], days: list[int]) -> list[bytes]:
    """What the counted events of a day have in common, where a sign needs it. Each name and user is written once."""
    found: list[tuple[bytes, int, Alike]] = []
    if plan.alikes:
        for identity, number in plan.state_order.counts.in_order:
            for day, tile in zip(days, tiles, strict=True):
                counts = tile.counts[number]
                if counts is not None and (alike := counts.alike) is not None:
                    found.append((identity, day - days[0], alike))
    texts = sorted({text for _, _, alike in found for text in (alike.event, alike.user)})
    place = {text: number for number, text in enumerate(texts)}
    parts = [length_bytes(len(texts)), *(text_bytes(text) for text in texts)]
    series = sorted({identity for identity, _, _ in found}, key=lambda each: each[::-1])
    parts.append(length_bytes(len(series)))
    for identity in series:
        own = [(day, alike) for each, day, alike in found if each == identity]
        parts += (
            identity,
            numbers_bytes([day for day, _ in own]),
            numbers_bytes([alike.number for _, alike in own]),
            numbers_bytes([place[alike.event] for _, alike in own]),
            numbers_bytes([place[alike.user] for _, alike in own]),
        )
    return parts


def _read_counts(plan: Plan, account: Account, reader: Reader, first: int, only: int) -> None:
    places, begin = plan.state_order.counts.numbers, first * plan.buckets_a_day
    for _ in range(reader.length()):
        place = places.get(reader.number(), -1)
        gaps, numbers = reader.numbers(), reader.numbers()
        if len(gaps) != len(numbers) or not _ascend(gaps):
            raise DamagedRecord("its counts do not match its buckets")
        if place < 0:
            continue
        _check_last(plan, begin + sum(gaps), only)
        buckets, at = list(accumulate(gaps, initial=begin))[1:], 0
        while at < len(buckets):
            day = buckets[at] // plan.buckets_a_day
            end = bisect_left(buckets, (day + 1) * plan.buckets_a_day, at)
            tile = tile_of(plan, account, day)
            if tile.counts[place] is not None:
                raise DamagedRecord("it has a day of a series twice")
            tile.counts[place] = Counts(buckets[at:end], numbers[at:end])
            at = end


def _read_values(plan: Plan, account: Account, reader: Reader, first: int, only: int) -> None:
    places, begin = plan.state_order.values.numbers, first * plan.buckets_a_day
    for _ in range(reader.length()):
        place = places.get(reader.number(), -1)
        gaps, sizes = reader.numbers(), reader.numbers()
        if len(gaps) != len(sizes) or not _ascend(gaps) or min(sizes) <= 0:
            raise DamagedRecord("its values do not match its buckets")
        prints: array[int] = reader.words("Q", sum(sizes))
        if place < 0:
            continue
        _check_last(plan, begin + sum(gaps), only)
        buckets, at, begin_of_set = list(accumulate(gaps, initial=begin))[1:], 0, 0
        while at < len(buckets):
            day = buckets[at] // plan.buckets_a_day
            end = bisect_left(buckets, (day + 1) * plan.buckets_a_day, at)
            tile = tile_of(plan, account, day)
            if tile.values[place] is not None:
                raise DamagedRecord("it has a day of a series twice")
            sets: list[set[int]] = []
            for size in sizes[at:end]:
                sets.append(set(prints[begin_of_set : begin_of_set + size]))
                begin_of_set += size
            values = tile.values[place] = Values(buckets[at:end], sets)
            if values.size != sum(sizes[at:end]):
                raise DamagedRecord("it has a value twice")
            at = end


def _read_ceilings(plan: Plan, account: Account, reader: Reader, first: int, only: int) -> None:
    for _ in range(reader.length()):
        place = plan.state_order.values.numbers.get(reader.number(), -1)
        day, ceiling = reader.number(), reader.number()
        _check_days(first, day, day, only)
        if ceiling == NO_CEILING:
            raise DamagedRecord("a ceiling is none")
        if place >= 0:
            tile = tile_of(plan, account, first + day)
            values = tile.values[place]
            if values is None:
                values = tile.values[place] = Values()
            values.ceiling = ceiling


def _read_alikes(plan: Plan, account: Account, reader: Reader, first: int, only: int) -> None:
    texts = [_name(reader) for _ in range(reader.length())]
    for _ in range(reader.length()):
        place = plan.state_order.counts.numbers.get(reader.number(), -1)
        days, numbers, events, users = reader.numbers(), reader.numbers(), reader.numbers(), reader.numbers()
        places = events + users
        if not len(days) == len(numbers) == len(events) == len(users) > 0 or not _are_places(places, len(texts)):
            raise DamagedRecord("it does not say what counts have in common")
        _check_days(first, min(days), max(days), only)
        if min(numbers) <= 0 or max(numbers) > TOTAL_MAX:
            raise DamagedRecord("it does not say what counts have in common")
        if place in plan.alikes:
            for day, number, event, user in zip(days, numbers, events, users, strict=True):
                counts = tile_of(plan, account, first + day).counts[place]
                if counts is None:
                    raise DamagedRecord("it knows more of counts than it has")
                counts.alike = Alike(texts[event], texts[user], number)


def _name(reader: Reader) -> str:
    name = reader.text()
    if len(name) > NAME_MAX_CHARACTERS:
        raise DamagedRecord("a name is too long")
    return name


def _are_places(places: list[int], length: int) -> bool:
    return min(places) >= 0 and max(places) < length
