"""The events of adjustments that are tried on forks, packed for the kernel."""

from __future__ import annotations

from enum import Enum

from scoring.explain.counterfactuals import AdjustmentKind, event_of
from scoring.instants import DAY_MS, HOUR_MS
from scoring.plan.plan import Plan
from scoring.result import Adjustment
from streams.kernel.effects import packed_event

KEPT_MAX = 4096
"""At most this many events are kept."""
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


class TriedEvents:
    """Packs the events that adjustments under one plan stand for. Mutable: keeps those that many accounts share."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._same: dict[str, _Same] = {}
        self._kept: dict[tuple[str, int, int], bytes] = {}

    def event(self, kind: AdjustmentKind, index: int, at_ms: int) -> bytes:
        """The `index`-th event of an adjustment to an account at an instant, or the one that carries the value `index`.
        The instant in it is any."""
        template = kind.template
        text = f"{template.topic} {template.event} {template.vary} {sorted(template.properties.items())!r}"
        same = self._same.get(text)
        if same is None:
            same = self._same[text] = self._same_for(template)
        if same is _Same.AT_ONCE:
            return self._packed(template, index, at_ms)
        key = (text, index, 0 if same is _Same.FOR_EVER else at_ms - at_ms % DAY_MS)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            found = self._kept[key] = self._packed(template, index, key[2])
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
