"""Effects: what a decoded event changes in its account, as the bytes that the kernel's fold takes.

The native decoder makes the same of a plain message; what it hands back is decoded by `EventDecoder` and comes here.
All numbers are little-endian (`native/decode/packed_event.c` reads them):

- the head, 64 bytes: `at_ms` i64, fingerprint of the id u64, `origin` i64, `times` i64, tie u64 (56 bits), flags u32,
  rank u32, bytes of the name u32, bytes of the user u32, number of effects u32, bytes of all texts u32;
- each effect, 40 bytes: kind u32, number u32, rank u32, bytes of its text u32, amount i64, key u64, value f64;
- the texts in UTF-8: the name, the user, then the text of each effect, in the order of the effects.

Kinds and the meaning of their fields are those of `native/fold/effects.h`; a field without a meaning is 0.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import NamedTuple

from scoring.event.event import Event, scoped_id
from scoring.fingerprint import fingerprint, fingerprint_of_value
from scoring.fold.windows import USER_MAX_CHARACTERS
from scoring.plan.plan import Plan
from scoring.plan.routes import Route

HEAD = struct.Struct("<qQqqQ6I")
EFFECT = struct.Struct("<4IqQd")
HAS_ID, ID_IS_ITS_OWN, TILE_HOLDS_IT, TOTALS_HOLD_IT = 1, 2, 4, 8
"""The flags of a head: see `scoring.fold.fold.apply`."""


class Kind(IntEnum):
    """The kinds of effects, in the order in which the fold takes them."""

    LATEST_AT = 0
    LATEST_NUMBER = 1
    LATEST_TEXT = 2
    FIRST_AT = 3
    ITEM = 4
    STATED = 5
    ENDED = 6
    TOTAL = 7
    COUNT = 8
    VALUE = 9
    ALIKE = 10


class Effect(NamedTuple):
    """One effect. `key` is a fingerprint of an item or a value, 0 for the whole account."""

    kind: Kind
    number: int
    rank: int = 0
    text: str = ""
    amount: int = 0
    key: int = 0
    value: float = 0.0


def packed_event(
    plan: Plan,
    event: Event,
    *,
    times: int = 1,
    origin: int = 0,
    flags: int = 0,
    print_of_id: Callable[[str], int] = fingerprint,
) -> bytes:
    """An event with its effects as bytes. `flags` are those of the head, but for `HAS_ID`; the others are as in
    `scoring.fold.fold.apply`. Values that signals cannot use are counted in `plan.type_mismatches`, before it is
    known what the event does: those of a duplicate, and amounts of an expired event, are counted as well."""
    route = plan.routes.of(event.topic, event.name)
    effects = list(effects_of(plan, route, event))
    name, user = event.name.encode(), event.user_id[:USER_MAX_CHARACTERS].encode()
    texts = [effect.text.encode() for effect in effects]
    scoped = scoped_id(event)
    head = HEAD.pack(
        event.occurred_at_ms,
        print_of_id(scoped) if scoped else 0,
        origin,
        times,
        plan.order.tie(0, event),
        flags | (HAS_ID if scoped else 0),
        route.rank,
        len(name),
        len(user),
        len(effects),
        len(name) + len(user) + sum(map(len, texts)),
    )
    rows = [
        EFFECT.pack(each.kind, each.number, each.rank, len(text), each.amount, each.key, each.value)
        for each, text in zip(effects, texts, strict=True)
    ]
    return b"".join([head, *rows, name, user, *texts])


def effects_of(plan: Plan, route: Route, event: Event) -> Iterator[Effect]:
    """The effects of an event, in the order in which the fold takes them."""
    yield from _latest(route, event)
    yield from _items(route, event)
    for number, one in route.daily_totals:
        if one is None or one(event):
            yield Effect(Kind.TOTAL, number)
    for number in route.counts:
        yield Effect(Kind.COUNT, number, amount=1)
    for number, amount_of in route.amounts:
        if amount := amount_of(event):
            yield Effect(Kind.COUNT, number, amount=amount)
    for number, text_of in route.values:
        if text := text_of(event):
            yield Effect(Kind.VALUE, number, key=fingerprint_of_value(text))
    for number, one in route.alikes:
        if one is None or one(event):
            yield Effect(Kind.ALIKE, number)


def _latest(route: Route, event: Event) -> Iterator[Effect]:
    for slot, test in route.latest_at:
        if test is None or test(event):
            yield Effect(Kind.LATEST_AT, slot)
    for slot, latest_of in route.latest_values:
        value = latest_of(event)
        if isinstance(value, str):
            yield Effect(Kind.LATEST_TEXT, slot, text=value)
        elif value is not None:
            yield Effect(Kind.LATEST_NUMBER, slot, value=value)
    for slot, test in route.first_at:
        if test is None or test(event):
            yield Effect(Kind.FIRST_AT, slot)


def _items(route: Route, event: Event) -> Iterator[Effect]:
    for number, (item_of, rank) in route.items:
        if (found := item_of(event)) is not None:
            yield Effect(Kind.ITEM, number, rank=rank, key=fingerprint(found[0]), value=found[1])
    for number, stated_of in route.tallies:
        if (stated := stated_of(event)) is not None:
            item, value = stated
            kind = Kind.ENDED if value is None else Kind.STATED
            yield Effect(kind, number, key=fingerprint(item) if item else 0, value=value or 0.0)
