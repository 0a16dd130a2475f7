"""The closes of an account's last 400 days, packed: a day more costs what changed on it.

Days that follow each other with the same model and components are a span. Of a span, tiers and MRR are runs, and the
score (in hundredths) and the points of each component (in tenths) are columns of differences. The latest days of the
last span stand apart (`streams.read_model.records.latest`), so a day mostly closes without unpacking the others.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, islice
from typing import NamedTuple

import msgspec

from scoring.result import ScoreSnapshot
from streams.read_model.account_values import HISTORY_DAYS, Day, History
from streams.read_model.records.columns import Column, hundredths, pack_columns, unpack_columns
from streams.read_model.records.latest import Latest, T, join, key_of, lengthen, shorten, split

DAY_MS = 86_400_000
UNKNOWN = -(2**31)
"""The score of a day without one, in a `Trend`."""
_LEVEL = 6


class Trend(NamedTuple):
    """The closes without their points, quick to unpack. `scores` are in hundredths, one a day from `first_day` on,
    `UNKNOWN` without one; `tiers` and `mrr` are runs of (days, value) that together are as long."""

    first_day: int
    scores: Column
    tiers: Sequence[tuple[int, str]]
    mrr: Sequence[tuple[int, float | None]]


class Span(msgspec.Struct, array_like=True):
    """Days in a row with the same model and components; the columns stand apart. `components` is empty, and so are the
    columns, where there is no score. Mutable, as it grows at its end and shrinks at its beginning."""

    days: int
    model: str
    components: tuple[str, ...]
    tiers: list[tuple[int, str]]
    mrr: list[tuple[int, float | None]]
    last: tuple[int, ...] = ()
    """The last number of each column, score first."""


class _Head(msgspec.Struct, array_like=True):
    end: int
    spans: list[Span]
    is_wide: tuple[bool, bool]
    scores: bytes


_HEADS = msgspec.msgpack.Decoder(_Head)
_PACKER = msgspec.msgpack.Encoder()


class Closes:
    """The closes of one account, ready to grow. Mutable; `end` is the day after the last one, 0 while there is none."""

    def __init__(self) -> None:
        self.end = 0
        self._latest = Latest()
        self._older = b""
        self._is_open = True
        """Whether all days are in `_spans` and `_columns`; else they are in `_older` and `_latest`."""
        self._spans: list[Span] = []
        self._columns: list[list[Column]] = []

    def close(self, answer: ScoreSnapshot, until: int) -> bool:
        """`answer` is the last one of its day: it holds for that day and all up to `until`, exclusive (days since
        1970). Days that are closed already stay as they are. True if this closed a day.

        Raises:
            msgspec.DecodeError: when these closes were unpacked from anything else.
        """
        begin = max(answer.as_of_ms // DAY_MS, self.end, until - HISTORY_DAYS)
        count = until - begin
        if count <= 0:
            return False
        scored = answer.score is not None
        components = tuple(answer.components) if scored else ()
        numbers = (
            (hundredths(answer.score), *(round(each.points * 10) for each in answer.components.values()))
            if answer.score is not None
            else ()
        )
        model = f"{answer.model}@{answer.model_version}"
        tier = answer.tier if scored else ""
        if not self._is_open and self._latest.takes(key_of(model, components), len(numbers), begin, count):
            self._latest.add(count, numbers, tier, answer.mrr)
            self.end = until
            return True
        self._open()
        if begin > self.end:  # no answer held before, or it is out of reach: nothing stands beside a gap
            self._spans, self._columns = [], []
        self._span_of(model, components, len(numbers))
        span, columns = self._spans[-1], self._columns[-1]
        for each, before, number in zip(columns, span.last, numbers, strict=True):
            each.append(number - before)
            each.extend([0] * (count - 1))
        span.days += count
        span.last = numbers
        lengthen(span.tiers, count, tier)
        lengthen(span.mrr, count, answer.mrr)
        self.end = until
        self._drop(sum(each.days for each in self._spans) - HISTORY_DAYS)
        return True

    def pack(self) -> bytes:
        """As bytes; see `unpack`."""
        if self._is_open:
            last = self._spans[-1] if self._spans else Span(0, "", (), [], [])
            self._latest = Latest(key_of(last.model, last.components), self.end, last.last)
            self._older = self._pack()
            self._spans, self._columns, self._is_open = [], [], False
        return join(self._latest, self._older)

    def _pack(self) -> bytes:
        scores, wide_scores = pack_columns(columns[0] for columns in self._columns if columns)
        points, wide_points = pack_columns(each for columns in self._columns for each in columns[1:])
        head = zlib.compress(_PACKER.encode(_Head(self.end, self._spans, (wide_scores, wide_points), scores)), _LEVEL)
        return len(head).to_bytes(3, "little") + head + zlib.compress(points, _LEVEL)

    @classmethod
    def unpack(cls, packed: bytes) -> Closes:
        """What `pack` made; nothing of "".

        Raises:
            msgspec.DecodeError: when it is anything else; some of that shows at the first use only.
        """
        self = cls()
        if packed:
            self._latest, self._older = split(packed)
            self.end, self._is_open = self._latest.end, False
        return self

    def _open(self) -> None:
        if self._is_open:
            return
        head, scores, rest = _open(self._older)
        try:
            points = unpack_columns(zlib.decompress(rest), head.is_wide[1])
        except zlib.error as error:
            raise msgspec.DecodeError(str(error)) from error
        self._spans = head.spans
        at_score = at_points = 0
        for span in head.spans:
            columns: list[Column] = []
            if span.last:
                columns.append(array("i", scores[at_score : at_score + span.days]))
                at_score += span.days
            for _ in span.last[1:]:
                columns.append(array("i", points[at_points : at_points + span.days]))
                at_points += span.days
            self._columns.append(columns)
        self._is_open = True
        if latest_days := self._latest.days:
            span = self._spans[-1]
            for at, column in enumerate(self._columns[-1]):
                column.extend(self._latest.column(at))
            span.days += latest_days
            span.last = tuple(self._latest.last)
            _join_runs(span.tiers, self._latest.tiers)
            _join_runs(span.mrr, self._latest.mrr)
            self._drop(sum(each.days for each in self._spans) - HISTORY_DAYS)

    def history(self) -> History:
        """As values, with two decimals; points in the order of the newest day's components.

        Raises:
            msgspec.DecodeError: when these closes were unpacked from anything else.
        """
        self._open()
        order = next((span.components for span in reversed(self._spans) if span.components), ())
        days: list[Day] = []
        day = self.end - sum(span.days for span in self._spans)
        for span, columns in zip(self._spans, self._columns, strict=True):
            scores = [number / 100 for number in accumulate(columns[0])] if columns else []
            rows = _rows(span, columns[1:], order) if columns else [()] * span.days
            tiers, revenues = _flat(span.tiers), _flat(span.mrr)
            for at in range(span.days):
                days.append(
                    Day(
                        day=day,
                        score=scores[at] if columns else None,
                        tier=tiers[at],
                        mrr=revenues[at],
                        points=rows[at],
                        model=span.model,
                    )
                )
                day += 1
        return History(components=order, days=tuple(days))

    def _span_of(self, model: str, components: tuple[str, ...], width: int) -> None:
        """Ensure that the last span takes a day of this model with these components, and `width` numbers."""
        last = self._spans[-1] if self._spans else None
        if last is None or (last.model, last.components, len(last.last)) != (model, components, width):
            self._spans.append(Span(0, model, components, [], [], (0,) * width))
            self._columns.append([array("i") for _ in range(width)])

    def _drop(self, count: int) -> None:
        """Forget the oldest `count` days."""
        while count > 0:
            span = self._spans[0]
            if span.days <= count:
                count -= span.days
                del self._spans[0], self._columns[0]
                continue
            for each in self._columns[0]:
                first = sum(each[: count + 1])
                del each[:count]
                each[0] = first
            span.days -= count
            shorten(span.tiers, count)
            shorten(span.mrr, count)
            return


def trend_of(packed: bytes) -> Trend:
    """The trend in what `Closes.pack` made, without looking at the points.

    Raises:
        msgspec.DecodeError: when it is anything else.
    """
    scores = array("i")
    tiers: list[tuple[int, str]] = []
    mrr: list[tuple[int, float | None]] = []
    if not packed:
        return Trend(0, scores, tiers, mrr)
    latest, older = split(packed)
    head, differences, _ = _open(older)
    at = 0
    for span in head.spans:
        if span.last:
            scores.extend(accumulate(differences[at : at + span.days]))
            at += span.days
        else:
            scores.extend([UNKNOWN] * span.days)
        tiers += span.tiers
        mrr += span.mrr
    if latest.days:
        scores.extend(
            islice(accumulate(latest.column(0), initial=scores[-1]), 1, None)
            if latest.last
            else [UNKNOWN] * latest.days
        )
        _join_runs(tiers, latest.tiers)
        _join_runs(mrr, latest.mrr)
        surplus = max(0, len(scores) - HISTORY_DAYS)
        del scores[:surplus]
        shorten(tiers, surplus)
        shorten(mrr, surplus)
    return Trend(latest.end - len(scores), scores, tiers, mrr)


def _open(packed: bytes) -> tuple[_Head, Column, bytes]:
    size = int.from_bytes(packed[:3], "little") + 3
    try:
        head = _HEADS.decode(zlib.decompress(packed[3:size]))
    except zlib.error as error:
        raise msgspec.DecodeError(str(error)) from error
    return head, unpack_columns(head.scores, head.is_wide[0]), packed[size:]


def _rows(span: Span, columns: Sequence[Column], order: Sequence[str]) -> Sequence[tuple[float, ...]]:
    """The points of each day of a span, by component in this order."""
    by_name = {
        name: [number / 10 for number in accumulate(each)] for name, each in zip(span.components, columns, strict=True)
    }
    nothing = [0.0] * span.days
    return list(zip(*(by_name.get(name, nothing) for name in order), strict=True)) or [()] * span.days


def _flat(runs: Sequence[tuple[int, T]]) -> list[T]:
    return [value for count, value in runs for _ in range(count)]


def _join_runs(runs: list[tuple[int, T]], more: Iterable[tuple[int, T]]) -> None:
    for count, value in more:
        lengthen(runs, count, value)
