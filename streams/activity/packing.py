"""The bytes of an account's activity: columns, which compress better than rows. Pure.

Texts stand once, in a table; instants are differences, and all their low bytes stand together, then the next. Of events
that are older than an account's newest by more than a week, the ids are left out: a repeat comes within days.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import msgspec

from scoring.instants import DAY_MS
from streams.activity.kept import FeatureCount, NotableEvent, TraitSaid

IDS_KEPT_MS = 7 * DAY_MS
_LEVEL = 6
_WIDTH = 8


class Parts(NamedTuple):
    """What an activity is made of."""

    features: list[FeatureCount]
    traits: list[TraitSaid]
    notable: list[NotableEvent]


class _Packed(msgspec.Struct, array_like=True, frozen=True):
    """`newest_ms` and `newest_week` are those of the whole; names and details are places in `texts`."""

    newest_ms: int
    newest_week: int
    texts: list[str]
    feature_names: list[int]
    feature_sorts: list[int]
    last: bytes
    spans: bytes
    earlier: list[int]
    weeks_ago: list[int]
    lengths: list[int]
    weeks: list[int]
    traits: list[TraitSaid]
    gaps: bytes
    events: list[int]
    event_sorts: list[int]
    details: list[int]
    ids: list[str]


_decoder = msgspec.msgpack.Decoder(_Packed)
_encoder = msgspec.msgpack.Encoder()


def without_old_ids(notable: Collection[NotableEvent]) -> list[NotableEvent]:
    """The events in the order of time, the newest first; old ones without their ids."""
    ordered = sorted(notable, reverse=True)
    since_ms = ordered[0].at_ms - IDS_KEPT_MS if ordered else 0
    return [each if each.at_ms >= since_ms else msgspec.structs.replace(each, event_id="") for each in ordered]


def pack(parts: Parts) -> bytes:
    """As bytes."""
    texts: dict[str, int] = {}

    def place(text: str) -> int:
        return texts.setdefault(text, len(texts))

    features = sorted(parts.features, key=lambda each: (each.topic, each.kind, each.name))
    notable = without_old_ids(parts.notable)
    newest_ms = max((*(each.last_ms for each in features), *(each.at_ms for each in notable[:1])), default=0)
    newest_week = max((each.week for each in features), default=0)
    instants = [newest_ms, *(each.at_ms for each in notable)]
    packed = _Packed(
        newest_ms,
        newest_week,
        texts=[],
        feature_names=[place(each.name) for each in features],
        feature_sorts=[each.topic << 2 | each.kind for each in features],
        last=_planes(newest_ms - each.last_ms for each in features),
        spans=_planes(each.last_ms - each.first_ms for each in features),
        earlier=[each.total - sum(each.weeks) for each in features],
        weeks_ago=[newest_week - each.week for each in features],
        lengths=[len(each.weeks) for each in features],
        weeks=[count for each in features for count in each.weeks],
        traits=sorted(parts.traits, key=lambda each: each.name),
        gaps=_planes(after - before for after, before in pairwise(instants)),
        events=[place(each.event) for each in notable],
        event_sorts=[each.topic << 1 | each.is_minor for each in notable],
        details=[place(each.detail) for each in notable],
        ids=[each.event_id for each in notable],
    )
    packed = msgspec.structs.replace(packed, texts=list(texts))
    return zlib.compress(_encoder.encode(packed), _LEVEL)


def unpack(body: bytes) -> Parts:
    """What `pack` was given.

    Raises:
        msgspec.DecodeError, zlib.error, ValueError, IndexError: when these are not such bytes.
    """
    packed = _decoder.decode(zlib.decompress(body))
    texts, ends = packed.texts, list(accumulate(packed.lengths, initial=0))
    features = [
        FeatureCount(
            topic=sort >> 2,
            name=texts[name],
            kind=sort & 3,
            first_ms=packed.newest_ms - last - span,
            last_ms=packed.newest_ms - last,
            total=earlier + sum(weeks),
            week=packed.newest_week - ago,
            weeks=weeks,
        )
        for name, sort, last, span, earlier, ago, weeks in zip(
            packed.feature_names,
            packed.feature_sorts,
            _numbers(packed.last),
            _numbers(packed.spans),
            packed.earlier,
            packed.weeks_ago,
            (packed.weeks[begin:end] for begin, end in pairwise(ends)),
            strict=True,
        )
    ]
    notable = [
        NotableEvent(packed.newest_ms - ago, sort >> 1, texts[event], event_id, texts[detail], bool(sort & 1))
        for ago, sort, event, event_id, detail in zip(
            accumulate(_numbers(packed.gaps)),
            packed.event_sorts,
            packed.events,
            packed.ids,
            packed.details,
            strict=True,
        )
    ]
    return Parts(features, packed.traits, notable)


def _planes(numbers: Iterable[int]) -> bytes:
    """Whole numbers from 0 on: all low bytes first, then the next ones."""
    found = array("Q", numbers)
    if sys.byteorder == "big":
        found.byteswap()
    data = found.tobytes()
    return b"".join(data[at::_WIDTH] for at in range(_WIDTH))


def _numbers(planes: bytes) -> Sequence[int]:
    """
    >>> list(_numbers(_planes([1, 70_000])))
    [1, 70000]
    """
    data = bytearray(len(planes))
    count = len(planes) // _WIDTH
    for at in range(_WIDTH):
        data[at::_WIDTH] = planes[at * count : (at + 1) * count]
    found = array("Q", bytes(data))
    if sys.byteorder == "big":
        found.byteswap()
    return found
