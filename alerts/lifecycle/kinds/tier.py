"""The tier rule: a level with hysteresis. It falls at a bound, and rises `margin` points above it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import inf

from alerts.lifecycle.calendar import OpenHours
from alerts.lifecycle.cases.state import RuleState
from alerts.lifecycle.kinds.base import CALM, CompiledRule, Look, Reading
from alerts.lifecycle.kinds.ladder import NONE, Band, Ladder
from alerts.lifecycle.schema import TierRule
from alerts.step import Severity
from scoring.model.model import Tier


class CompiledTier(CompiledRule[TierRule]):
    """Depth 0 is the best tier. `memory` is [position among all bounds + 1]."""

    kind = "tier"
    letter = "t"
    knows_before = True
    records = True

    def __init__(self, name: str, rule: TierRule, calendar: OpenHours | None, tiers: Sequence[Tier]) -> None:
        super().__init__(name, rule, calendar)
        self._names = [tier.name for tier in reversed(tiers)]
        # From the best tier down; the worst has no bound beneath.
        self._bounds = [tier.lower for tier in reversed(tiers)][:-1]
        self._exits = [min(bound + rule.margin, 100.0) for bound in self._bounds]
        self._rising_bounds, self._rising_exits = sorted(self._bounds), sorted(self._exits)
        self._ladder = Ladder((*self._bounds, *self._exits))
        self.bounds = self._ladder.bounds
        self.deepest = len(self._bounds)
        self._severities = [rule.severities.get(name) for name in self._names]
        default = rule.escalate_after
        self._escalations = [self.open_ms(rule.escalations.get(name, default)) for name in self._names]

    def severity(self, depth: int) -> Severity | None:
        return self._severities[depth]

    def tier(self, depth: int) -> str:
        return self._names[depth]

    def escalate_ms(self, depth: int) -> int:
        return self._escalations[depth]

    def depth_of(self, score: float) -> int:
        """How many bounds are above a score: the plain tier, without hysteresis."""
        return _above(score, self._rising_bounds)

    def read(self, state: RuleState, look: Look) -> Reading | None:
        score = look.score
        if score is None:
            return CALM if look.view.standing else None
        self.note_score(state, score)
        plain = self.depth_of(score)
        return Reading(plain, max(plain, state.depth), self._better(state, score))

    def _better(self, state: RuleState, score: float) -> int:
        return min(_above(score, self._rising_exits), state.depth)

    def band(self, state: RuleState) -> Band:
        return self._ladder.band(state.memory[0] - 1) if state.memory else NONE

    def rests_within(self, state: RuleState, score: float) -> Band:
        """The tier, up to the bound above which the depth would go up, or from where it would go up further."""
        if not state.memory:
            return NONE
        plain, better = self.depth_of(score), self._better(state, score)
        low = self._bounds[plain] if plain < self.deepest else -inf
        high = self._bounds[plain - 1] if plain else inf
        if better < state.depth:
            low = max(low, self._exits[better])
        return low, min(high, self._exits[better - 1]) if better else high

    def note_score(self, state: RuleState, score: float) -> None:
        state.memory = [self._ladder.position(score) + 1]


def _above(score: float, bounds: Sequence[float]) -> int:
    """How many of the ascending bounds are above a score."""
    return len(bounds) - bisect_right(bounds, score)
