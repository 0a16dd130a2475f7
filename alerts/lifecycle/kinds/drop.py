"""The drop rule: the score fell by more than some points within a span, measured in hundredths."""

from __future__ import annotations

from alerts.lifecycle.calendar import OpenHours
from alerts.lifecycle.cases.state import RuleState
from alerts.lifecycle.kinds import span
from alerts.lifecycle.kinds.base import CALM, CompiledRule, Look, Reading
from alerts.lifecycle.kinds.ladder import NONE, Band
from alerts.lifecycle.kinds.track import Track
from alerts.lifecycle.schema import DropRule
from scoring.instants import FAR, parse_duration

POINT = 100
"""A point in hundredths."""
_ROUNDING = 1e-9


def hundredths(score: float) -> int:
    """A score as people read it, in hundredths of a point.

    >>> hundredths(54.999)
    5500
    """
    return round(score * POINT)


class CompiledDrop(CompiledRule[DropRule]):
    """`memory` is that of `span`, in hundredths. A change by a norm, a model or a backfill shifts it: it is no drop."""

    kind = "drop"
    letter = "d"
    knows_before = True
    records = True

    def __init__(self, name: str, rule: DropRule, calendar: OpenHours | None) -> None:
        super().__init__(name, rule, calendar)
        self.within_ms = parse_duration(rule.within)
        self.limit = hundredths(rule.points)

    def read(self, state: RuleState, look: Look) -> Reading | None:
        score = look.score
        if score is None and look.view.standing:
            state.memory = []
            return CALM
        if score is None:
            span.expire(state.memory, look.at_ms, self.within_ms)
            return None
        value, before, hidden = hundredths(score), look.view.before, False
        if not state.memory and before is not None and before.tier:
            state.memory = [hundredths(before.value)]
        if look.quiet and before is not None and before.tier and state.memory:
            hidden = not state.plain and self._fall(state, value, look.at_ms) > self.limit
            span.shift(state.memory, value - hundredths(before.value))
        if state.memory and (state.plain or span.kept(state.memory) - value > self.limit):
            span.expire(state.memory, look.at_ms, self.within_ms)
        span.observe(state.memory, value, look.at_ms, self.within_ms, POINT)
        plain = int(span.kept(state.memory) - value > self.limit)
        return Reading(plain, max(plain, state.depth), plain, hidden and not plain)

    def peak(self, state: RuleState, score: float, at_ms: int) -> int:
        """The highest of the span, which the score fell from, in hundredths."""
        return max(span.highest(state.memory, at_ms, self.within_ms), hundredths(score))

    def _fall(self, state: RuleState, value: int, at_ms: int) -> int:
        return span.highest(state.memory, at_ms, self.within_ms) - value

    def band(self, state: RuleState) -> Band:
        """Within it nothing is recorded, and a drop neither begins nor ends."""
        if not state.memory:
            return NONE
        last, most = state.memory[0], span.kept(state.memory)
        low = last - POINT + 0.5
        high = min(most + 0.5, last + POINT - 0.5)
        limit = most - self.limit - 0.5
        if state.plain:
            high = min(high, limit)
        else:
            low = max(low, limit)
        low, high = low / POINT + _ROUNDING, high / POINT - _ROUNDING
        return (low, high) if low < high else NONE

    def due_ms(self, state: RuleState) -> int:
        """While a drop holds: when the highest score leaves the span."""
        return (span.next_expiry(state.memory, self.within_ms) or FAR) if state.plain else FAR

    def track(self, state: RuleState) -> Track | None:
        """The span: `read` only records, unless a drop begins or ends, or would but for what is no drop."""
        if not state.memory:
            return None
        return Track(self.limit, self.within_ms, bool(state.plain), tuple(state.memory))
