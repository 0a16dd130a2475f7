"""An account's latest movements, packed.

The newest few stand apart, uncompressed: most answers then change only these. When they are too many, the older of them
join the others, and these are trimmed. So what is kept depends on the answers and their order alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import accumulate, islice

import msgspec

from scoring.result import Fact
from streams.read_model.account_values import MOVEMENTS_MAX, SMALL_FACTS_MAX, Movement
from streams.read_model.records.moved import Moved, sorted_parts

NEWEST_MAX = 4
"""How many stand apart; small ones of the day, into which more may fold, are not counted up to twice as many."""
_DAY_MS = 86_400_000
_LEVEL = 6


class _Columns(msgspec.Struct, array_like=True, frozen=True):
    """Movements as columns, which compress better than rows. Instants and scores are differences to those before, and
    all names are indices of `names`; parts and facts of all are one after the other."""

    names: tuple[str, ...]
    at_ms: tuple[int, ...]
    kind: tuple[int, ...]
    before: tuple[int | None, ...]
    points: tuple[int | None, ...]
    from_tier: tuple[int, ...]
    to_tier: tuple[int, ...]
    model: tuple[int, ...]
    count: tuple[int, ...]
    topics: tuple[tuple[int, ...], ...]
    parts: tuple[int, ...]
    part_names: tuple[int, ...]
    part_points: tuple[int, ...]
    facts: tuple[int, ...]
    fact_names: tuple[int, ...]
    fact_before: tuple[Fact, ...]
    fact_after: tuple[Fact, ...]


_ROWS = msgspec.msgpack.Decoder(tuple[Moved, ...])
_COLUMNS = msgspec.msgpack.Decoder(_Columns)
_PACKER = msgspec.msgpack.Encoder()


class Movements:
    """The latest movements of one account. Mutable."""

    def __init__(self) -> None:
        self._older = b""
        self._newest: tuple[Moved, ...] = ()

    def add(self, new: Moved) -> None:
        """`new` is the latest: it is folded into the small one of its day, kind and tier if it is small too."""
        newest = list(self._newest)
        if new.is_small:
            same = (at for at, each in enumerate(newest) if each.is_small and _place(each) == _place(new))
            if (at := next(same, None)) is not None:
                new = _folded(newest.pop(at), new)
        newest.append(new)
        if len(newest) > NEWEST_MAX:
            day = new.at_ms // _DAY_MS
            staying = [each for each in newest if each.is_small and each.at_ms // _DAY_MS == day]
            if len(staying) > 2 * NEWEST_MAX:
                staying = []
            leaving = [each for each in newest if each not in staying]
            if leaving:
                self._older = _pack_rows(_trimmed([*_unpack_rows(self._older), *leaving]))
            newest = staying
        self._newest = tuple(newest)

    def all(self) -> tuple[Movement, ...]:
        """As values, the oldest first: at most `MOVEMENTS_MAX`."""
        rows = sorted((*_unpack_rows(self._older), *self._newest), key=lambda each: each.at_ms)
        return tuple(each.movement() for each in rows)

    def pack(self) -> bytes:
        """As bytes, "" for none."""
        if not self._older and not self._newest:
            return b""
        return len(self._older).to_bytes(3, "little") + self._older + _PACKER.encode(self._newest)

    @classmethod
    def unpack(cls, packed: bytes) -> Movements:
        """What `pack` made.

        Raises:
            msgspec.DecodeError: when it is anything else.
        """
        self = cls()
        if packed:
            size = int.from_bytes(packed[:3], "little") + 3
            self._older, self._newest = packed[3:size], _ROWS.decode(packed[size:])
        return self


def _trimmed(rows: list[Moved]) -> list[Moved]:
    """Room for the newest is left: the oldest small ones go first, then the oldest."""
    surplus = len(rows) - (MOVEMENTS_MAX - 2 * NEWEST_MAX)
    if surplus <= 0:
        return rows
    small = set(islice((at for at, each in enumerate(rows) if each.is_small), surplus))
    left = [each for at, each in enumerate(rows) if at not in small]
    return left[surplus - len(small) :]


def _pack_rows(rows: Sequence[Moved]) -> bytes:
    names: dict[str, int] = {}

    def index(name: str) -> int:
        return names.setdefault(name, len(names))

    parts = [part for each in rows for part in each.parts]
    facts = [fact for each in rows for fact in each.facts]
    columns = (
        _differences([each.at_ms for each in rows]),
        [each.kind for each in rows],
        _after_before(rows),
        [None if each.after is None else each.after - (each.before or 0) for each in rows],
        [index(each.from_tier) for each in rows],
        [index(each.to_tier) for each in rows],
        [index(each.model) for each in rows],
        [each.count for each in rows],
        [each.topics for each in rows],
        [len(each.parts) for each in rows],
        [index(name) for name, _ in parts],
        [points for _, points in parts],
        [len(each.facts) for each in rows],
        [index(name) for name, _, _ in facts],
        [before for _, before, _ in facts],
        [after for _, _, after in facts],
    )
    return zlib.compress(_PACKER.encode((tuple(names), *columns)), _LEVEL)


def _unpack_rows(packed: bytes) -> list[Moved]:
    if not packed:
        return []
    try:
        columns = _COLUMNS.decode(zlib.decompress(packed))
    except zlib.error as error:
        raise msgspec.DecodeError(str(error)) from error
    names, rows = columns.names, []
    parts = iter(zip(columns.part_names, columns.part_points, strict=True))
    facts = iter(zip(columns.fact_names, columns.fact_before, columns.fact_after, strict=True))
    last = 0
    for at, at_ms in enumerate(accumulate(columns.at_ms)):
        since, points = columns.before[at], columns.points[at]
        before = None if since is None else last + since
        after = None if points is None else (before or 0) + points
        last = after or 0
        rows.append(
            Moved(
                at_ms=at_ms,
                kind=columns.kind[at],
                before=before,
                after=after,
                from_tier=names[columns.from_tier[at]],
                to_tier=names[columns.to_tier[at]],
                model=names[columns.model[at]],
                parts=tuple((names[name], points) for name, points in islice(parts, columns.parts[at])),
                facts=tuple((names[name], old, new) for name, old, new in islice(facts, columns.facts[at])),
                topics=columns.topics[at],
                count=columns.count[at],
            )
        )
    return rows


def _differences(numbers: Sequence[int]) -> list[int]:
    return [number - before for before, number in zip((0, *numbers[:-1]), numbers, strict=True)]


def _after_before(rows: Sequence[Moved]) -> list[int | None]:
    """Each score before, less the score after the previous one: mostly 0."""
    lasts = (0, *(each.after or 0 for each in rows[:-1]))
    return [None if each.before is None else each.before - last for each, last in zip(rows, lasts, strict=True)]


def _place(each: Moved) -> tuple[int, int, str]:
    """Small ones in the same place are one."""
    return each.at_ms // _DAY_MS, each.kind, each.from_tier


def _folded(held: Moved, new: Moved) -> Moved:
    """Both in one."""
    parts = dict(held.parts)
    for name, points in new.parts:
        parts[name] = parts.get(name, 0) + points
    facts = {name: (name, before, after) for name, before, after in held.facts}
    for name, before, after in new.facts:
        facts[name] = (name, facts.get(name, (name, before, after))[1], after)
    return msgspec.structs.replace(
        new,
        before=held.before,
        after=(held.before or 0) + held.points + new.points,
        parts=sorted_parts(parts.items()),
        facts=tuple(each for each in facts.values() if each[1] != each[2])[:SMALL_FACTS_MAX],
        topics=tuple(sorted({*held.topics, *new.topics})),
        count=held.count + new.count,
    )
