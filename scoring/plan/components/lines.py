"""Judgements along a line: of a value, of a change, of days since something that is due."""

from __future__ import annotations

from scoring.instants import DAY_MS, duration_words
from scoring.model import schema
from scoring.model.interpolation import along
from scoring.plan.components.base import CohortNorm, ComponentParts, Judged, Judgements, Shape, bounded
from scoring.plan.facts import Facts
from scoring.plan.signals.base import Signal, age_ms
from scoring.plurals import counted
from scoring.state.account import Account


class Trend(Shape):
    """`flat` + its way to 100 × change / rise, or to 0 × change / fall, where change is (window - prior) / prior."""

    def __init__(
        self,
        signal: Signal,
        prior: Signal,
        *,
        fall: float,
        rise: float,
        flat: float,
        min_history_ms: int,
        resolution_ms: int,
    ) -> None:
        self.signal = signal
        self.prior = prior
        self.fall = fall
        self.rise = rise
        self.flat = flat
        self.min_history_ms = min_history_ms
        self.resolution_ms = resolution_ms

    @staticmethod
    def compile(parts: ComponentParts, of: schema.Trend) -> Trend:
        """The shape of a table."""
        return Trend(
            parts.signals[of.signal],
            parts.signals[of.prior],
            fall=of.full,
            rise=of.full if of.rise is None else of.rise,
            flat=of.flat,
            min_history_ms=of.min_history_ms(),
            resolution_ms=parts.model.resolution_ms,
        )

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        now, before = self.signal.number(account), self.prior.number(account)
        if now is None or before is None or before < 0 or (now == 0 and before == 0):
            return None
        if age_ms(account, self.resolution_ms) < self.min_history_ms:
            return None
        if before == 0:
            return 100.0 if now > 0 else 0.0
        change = (now - before) / before
        way = (100.0 - self.flat) * change / self.rise if change >= 0 else self.flat * change / self.fall
        return bounded(self.flat + way)

    def text(self, facts: Facts, others: Judgements) -> str:
        if facts.age_ms < self.min_history_ms:
            age = counted(facts.age_ms // DAY_MS, "days")
            return f"{age} of history; a trend needs {duration_words(self.min_history_ms)}"
        now, before = facts.number(self.signal.name) or 0, facts.number(self.prior.name) or 0
        change = f" ({round((now - before) / before, 2) + 0.0:+.0%})" if before else ""
        return f"{self.signal.text(facts)}, {self.prior.text(facts)}{change}"


class Linear(Shape):
    """Piecewise linear through points, flat beyond the first and the last."""

    def __init__(
        self,
        signal: Signal,
        points: tuple[tuple[float, float], ...],
        per: Signal | None,
        prior: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self.signal = signal
        self.points = points
        self.per = per
        self.more, self.more_per = prior

    @staticmethod
    def compile(parts: ComponentParts, of: schema.Linear) -> Linear:
        """The shape of a table."""
        return Linear(parts.signals[of.signal], of.points, parts.optional(of.per), of.prior or (0.0, 0.0))

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        x = self.signal.number(account)
        if x is None:
            return None
        if self.per is not None:
            whole = self.per.number(account)
            if whole is None:
                return None
            whole += self.more_per
            if not whole or (self.more_per and whole <= 0):
                return None
            x = 100.0 * (x + self.more) / whole
        return along(self.points, x)

    def text(self, facts: Facts, others: Judgements) -> str:
        if self.per is None:
            return self.signal.text(facts)
        return f"{self.signal.text(facts)}, with {self.per.text(facts)}"


class Cadence(Shape):
    """100 until `due` days, falling to 0 at `lapse`."""

    def __init__(self, signal: Signal, due: float, lapse: float, never: float | None) -> None:
        self.signal = signal
        self.due = due
        self.lapse = lapse
        self.never = never

    @staticmethod
    def compile(parts: ComponentParts, of: schema.Cadence) -> Cadence:
        """The shape of a table."""
        return Cadence(parts.signals[of.signal], of.due, of.lapse_days, of.never)

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        days = self.signal.number(account)
        if days is None:
            return self.never
        if days <= self.due:
            return 100.0
        return 0.0 if days >= self.lapse else 100.0 * (self.lapse - days) / (self.lapse - self.due)

    def text(self, facts: Facts, others: Judgements) -> str:
        return f"{self.signal.text(facts)}, due every {counted(self.due, 'days')}"
