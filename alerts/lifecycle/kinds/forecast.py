"""The forecast rule: without any event, the account falls into a tier soon. Asked once a day, near the bound only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from alerts.lifecycle.calendar import OpenHours
from alerts.lifecycle.cases.state import RuleState
from alerts.lifecycle.kinds.base import CALM, HOLDS, CompiledRule, Look, Reading
from alerts.lifecycle.kinds.ladder import NONE, Band, Ladder
from alerts.lifecycle.schema import ForecastRule
from scoring.fingerprint import fingerprint
from scoring.instants import DAY_MS, FAR, parse_duration
from scoring.model.model import Tier


class CompiledForecast(CompiledRule[ForecastRule]):
    """`memory` is [position + 1, when to ask, instant of the fall, its tier's number]; the latter only when known.

    `dwell` and `exit_dwell` mean nothing here: it is looked at once a day.
    """

    kind = "forecast"
    letter = "o"

    def __init__(self, name: str, rule: ForecastRule, calendar: OpenHours | None, tiers: Sequence[Tier]) -> None:
        super().__init__(name, rule, calendar)
        self.dwell_ms = self.exit_dwell_ms = 0
        self.lead_ms = parse_duration(rule.lead)
        self._tiers = [tier.name for tier in tiers]
        self._near = [
            (above.lower, above.lower + rule.near) for below, above in pairwise(tiers) if below.name in rule.tiers
        ]
        self._ladder = Ladder(bound for near in self._near for bound in near)

    def read(self, state: RuleState, look: Look) -> Reading | None:
        score = look.score
        if score is None or not any(low <= score < high for low, high in self._near):
            state.memory = [] if score is None else [self._ladder.position(score) + 1]
            return CALM
        position = self._ladder.position(score) + 1
        if len(state.memory) < 2:
            state.memory = [position, self._next_ask(look)]
        state.memory[0] = position
        if look.at_ms < state.memory[1]:
            return HOLDS if state.depth else CALM
        state.memory[1] = self._next_ask(look)
        if look.quiet or self._is_pointless(look):
            return HOLDS if state.depth else CALM
        return self._asked(state, look)

    def adopt(self, state: RuleState) -> None:
        """A forecast that still waits for its case is asked for again: its tier is one of others."""
        if state.case is None and state.depth > state.quiet:
            state.memory, state.depth, state.plain, state.blocked = [], 0, 0, ""

    def fall(self, state: RuleState) -> tuple[int, str]:
        """The instant and the tier of the forecast that holds."""
        return state.memory[2], self._tiers[state.memory[3]]

    def has_fallen(self, score: float | None) -> bool:
        """Whether the score is below the bound: the tier is reached."""
        return score is not None and any(score < low for low, _ in self._near)

    def band(self, state: RuleState) -> Band:
        return self._ladder.band(state.memory[0] - 1) if state.memory else NONE

    def due_ms(self, state: RuleState) -> int:
        return state.memory[1] if len(state.memory) > 1 else FAR

    def _asked(self, state: RuleState, look: Look) -> Reading:
        forecast = look.view.forecast()
        del state.memory[2:]
        if (
            forecast is None
            or forecast.tier not in self.rule.tiers
            or forecast.tier not in self._tiers
            or forecast.at_ms - look.at_ms > self.lead_ms
        ):
            return CALM
        state.memory += [forecast.at_ms, self._tiers.index(forecast.tier)]
        return HOLDS

    def _is_pointless(self, look: Look) -> bool:
        """Whether no case could open now."""
        view = look.view
        return view.is_provisional or view.is_settling or (look.is_held and self.rule.guarded)

    def _next_ask(self, look: Look) -> int:
        """The next instant to ask at: once a day, at a time of the day that is the account's own."""
        offset = fingerprint(look.view.account_id) % DAY_MS
        return ((look.at_ms - offset) // DAY_MS + 1) * DAY_MS + offset
