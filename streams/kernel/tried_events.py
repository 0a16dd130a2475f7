"""The events of adjustments that are tried on forks, packed for the kernel."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, TypeVar

from scoring.explain.counterfactuals import AdjustmentKind, event_of
from scoring.instants import DAY_MS, HOUR_MS
from scoring.plan.plan import Plan
from scoring.result import Adjustment
from streams.kernel.effects import packed_event

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
Events = tuple[bytes, ...] | Callable[[int], bytes]
"""Packed events by place, or what makes them."""
KEPT_MAX = 4096
"""At most this many events are kept, and as many rows of them."""
VALUES_MAX = 32
"""The events of a kind with more values are made one by one, as they are asked for."""
_INSTANT_BYTES = 8
"""What an event begins with; the kernel sets it to the instant of the fork."""
_MORNING_MS = 20_000 * DAY_MS + HOUR_MS
_LATER_MS = 9 * HOUR_MS + 8 * 60_000 + 7_006


class _Same(Enum):
    """For how long an event of an adjustment has the same effects: the value of an event may be its day, and the key of
    an item is made of the instant of its event."""

    FOR_EVER = "for ever"
    ALL_DAY = "all day"
    AT_ONCE = "at once"


class _Template(NamedTuple):
    """A template with what is found out about it once. It is kept, so that no other comes to have its `id`."""

    template: Adjustment
    text: str
    """The same for those with the same events."""
    same: _Same


class TriedEvents:
    """Packs the events that adjustments under one plan stand for. Mutable: keeps those that many accounts share."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._templates: dict[int, _Template] = {}
        self._kept: dict[tuple[str, int, int], bytes] = {}
        self._rows: dict[tuple[int, int, int, int], tuple[bytes, ...]] = {}
        self._lasting: dict[tuple[int, int, int], tuple[bytes, ...]] = {}
        """The rows of those that are the same for ever, by `id`, least and most."""

    def events(self, kind: AdjustmentKind, at_ms: int) -> Events:
        """All events that are tried of a kind in an account at an instant: where all are alike it is one; those that
        carry a value begin with the one below the least."""
        if kind.closes >= 0:
            return ()
        found = self._lasting.get((id(kind.template), kind.least, kind.most))
        if found is not None:
            return found
        if kind.is_value:
            first, last = kind.least - 1, kind.most
        elif kind.template.vary:
            return lambda place: self.event(kind, place, at_ms)
        else:
            first = last = 0
        if last - first > VALUES_MAX:
            return lambda place: self.event(kind, first + place, at_ms)
        return self._row(kind, first, last, at_ms)

    def event(self, kind: AdjustmentKind, index: int, at_ms: int) -> bytes:
        """The `index`-th event of an adjustment to an account at an instant, or the one that carries the value `index`.
        The instant in it is any."""
        known = self._known(kind.template)
        if known.same is _Same.AT_ONCE:
            return self._packed(kind.template, index, at_ms)
        key = (known.text, index, _from_ms(known.same, at_ms))
        found = self._kept.get(key)
        if found is None:
            _bound(self._kept)
            found = self._kept[key] = self._packed(kind.template, index, key[2])
        return found

    def _row(self, kind: AdjustmentKind, first: int, last: int, at_ms: int) -> tuple[bytes, ...]:
        """The events from one to another, both inclusive."""
        known = self._known(kind.template)
        if known.same is _Same.AT_ONCE:
            return tuple([self.event(kind, index, at_ms) for index in range(first, last + 1)])
        key = (id(known.template), first, last, _from_ms(known.same, at_ms))
        found = self._rows.get(key)
        if found is None:
            _bound(self._rows)
            found = self._rows[key] = tuple([self.event(kind, index, at_ms) for index in range(first, last + 1)])
        if known.same is _Same.FOR_EVER:
            _bound(self._lasting)
            self._lasting[id(known.template), kind.least, kind.most] = found
        return found

    def _known(self, template: Adjustment) -> _Template:
        found = self._templates.get(id(template))
        if found is None:
            if len(self._templates) >= KEPT_MAX:
                self._templates.clear()
                self._rows.clear()
                self._lasting.clear()
            text = f"{template.topic} {template.event} {template.vary} {sorted(template.properties.items())!r}"
            found = self._templates[id(template)] = _Template(template, text, self._same_for(template))
        return found

    def _same_for(self, template: Adjustment) -> _Same:
        """By three instants: two of one day, and one of another day, weekday, month and year."""
        first, later, other = (
            self._packed(template, 1, at_ms)[_INSTANT_BYTES:] for at_ms in (_MORNING_MS, _MORNING_MS + _LATER_MS, 0)
        )
        if first != later:
            return _Same.AT_ONCE
        return _Same.FOR_EVER if first == other else _Same.ALL_DAY

    def _packed(self, template: Adjustment, index: int, at_ms: int) -> bytes:
        return packed_event(self._plan, event_of(self._plan, template, at_ms, index))


def _from_ms(same: _Same, at_ms: int) -> int:
    """From when on an event has the effects that it has at an instant."""
    return 0 if same is _Same.FOR_EVER else at_ms - at_ms % DAY_MS


def _bound(kept: dict[KeyT, ValueT]) -> None:
    """Make room for one more."""
    if len(kept) >= KEPT_MAX:
        kept.clear()
