"""The MRR rule: the MRR fell or rose by more than a share within a span, in cents."""

from __future__ import annotations

from alerts.lifecycle.calendar import OpenHours
from alerts.lifecycle.cases.state import RuleState
from alerts.lifecycle.kinds import span
from alerts.lifecycle.kinds.base import CALM, CompiledRule, Look, Reading
from alerts.lifecycle.schema import MrrRule
from scoring.instants import FAR, parse_duration

_MOST_CENTS = 1 << 60
"""A larger amount is an error in the data; it still fits a stored integer."""


class CompiledMrr(CompiledRule[MrrRule]):
    """`memory` is that of `span`, in cents; negative for "rose", so that the lowest is the highest."""

    kind = "mrr"
    letter = "m"
    forgets = True

    def __init__(self, name: str, rule: MrrRule, calendar: OpenHours | None) -> None:
        super().__init__(name, rule, calendar)
        self.within_ms = parse_duration(rule.within)
        self.sign = 1 if rule.direction == "fell" else -1

    def read(self, state: RuleState, look: Look) -> Reading | None:
        mrr = look.view.mrr
        if mrr is None:
            span.expire(state.memory, look.at_ms, self.within_ms)
            return CALM if look.view.standing else None
        value, hidden = self.sign * max(-_MOST_CENTS, min(_MOST_CENTS, round(mrr * 100))), False
        if look.quiet and state.memory and value != state.memory[0]:
            hidden = not state.plain and self._is_beyond(state, value, look.at_ms)
            state.memory = []
        span.observe(state.memory, value, look.at_ms, self.within_ms, 1)
        span.expire(state.memory, look.at_ms, self.within_ms)
        plain = int(self._is_beyond(state, value, look.at_ms))
        return Reading(plain, max(plain, state.depth), plain, hidden)

    def adopt(self, state: RuleState) -> None:
        """Amounts of the other direction have the other sign: they are forgotten."""
        if state.memory and state.memory[0] * self.sign < 0:
            state.memory = []

    def was(self, state: RuleState, at_ms: int) -> int:
        """What it is measured from: the highest, or lowest, of the span, in cents."""
        return self.sign * span.highest(state.memory, at_ms, self.within_ms)

    def _is_beyond(self, state: RuleState, value: int, at_ms: int) -> bool:
        most = span.highest(state.memory, at_ms, self.within_ms)
        return most - value > self.rule.share * abs(most)

    def due_ms(self, state: RuleState) -> int:
        """While it holds: when what it is measured from leaves the span."""
        return (span.next_expiry(state.memory, self.within_ms) or FAR) if state.plain else FAR

    def rests_until_ms(self, state: RuleState) -> int:
        """Looks forget what has left the span. An MRR of 0 that is no longer known ends a dwell."""
        if state.sinces and state.memory and not state.memory[0]:
            return 0
        return span.next_expiry(state.memory, self.within_ms) or FAR

    def awaits_mrr(self, state: RuleState) -> bool:
        """An MRR that was unknown, or is known to be another, becomes one of 0."""
        return not state.memory or bool(state.memory[0])
