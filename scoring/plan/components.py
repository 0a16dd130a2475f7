"""Components, compiled: a judgement 0-100 of signals, or None when there is no evidence, and its words.

The formulas are those of the model file's shapes; `scoring.model.schema.components` says each in one sentence.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from scoring.instants import DAY_MS, duration_words
from scoring.model.interpolation import along
from scoring.plan.conditions import Conditions
from scoring.plan.facts import Facts
from scoring.plan.signals.base import Signal, age_ms
from scoring.plan.signals.milestones import MilestonesSignal
from scoring.plurals import counted
from scoring.state.account import Account

Maxima = Mapping[str, float]
"""The cohort norm: the greatest of all accounts, by signal name. Empty while nobody has one."""
Judgements = Sequence[float | None]


class Shape(ABC):
    """One compiled shape.

    `others` are the judgements of the components before it in the plan's order, by number: only a blend looks at them.
    """

    @abstractmethod
    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
        """0-100 (`capped`: -100 to 100), or None without evidence."""

    @abstractmethod
    def text(self, facts: Facts, others: Judgements) -> str:
        """What it looks at, in words."""


def bounded(judgement: float, lower: float = 0.0) -> float:
    """A judgement kept within `lower` to 100."""
    return min(100.0, max(lower, judgement))


class ShareOfMax(Shape):
    """100 × signal / norm, or 100 × (1 - signal / norm) when inverse. `name` is the signal's in the norm."""

    def __init__(self, name: str, signal: Signal, *, inverse: bool) -> None:
        self.name = name
        self.signal = signal
        self.inverse = inverse

    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
        signal, norm = self.signal.number(account), maxima.get(self.name)
        if signal is None or norm is None:
            return None
        share = 100.0 * signal / norm if norm > 0 else 0.0
        return bounded(100.0 - share if self.inverse else share)

    def text(self, facts: Facts, others: Judgements) -> str:
        norm = facts.norm.get(self.name)
        if norm is None:
            return "the cohort's norm is not known yet"
        return f"{self.signal.text(facts)}; the most of any account is {norm:,g}"


class Capped(Shape):
    """100 × signal / cap, within ±100."""

    def __init__(self, signal: Signal, cap: float) -> None:
        self.signal = signal
        self.cap = cap

    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
        signal = self.signal.number(account)
        return None if signal is None else bounded(100.0 * signal / self.cap, -100.0)

    def text(self, facts: Facts, others: Judgements) -> str:
        return self.signal.text(facts)


class VsOwnPeak(Shape):
    """100 × signal / the account's own peak."""

    def __init__(self, signal: Signal, peak: Signal) -> None:
        self.signal = signal
        self.peak = peak

    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
        signal, peak = self.signal.number(account), self.peak.number(account)
        return None if signal is None or not peak else bounded(100.0 * signal / peak)

    def text(self, facts: Facts, others: Judgements) -> str:
        peak = facts.number(self.peak.name) or 0
        return f"{self.signal.text(facts)}; its own best is {peak:,g}"


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

    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
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


class Ratio(Shape):
    """100 × signal / of; with a key part, that counts `emphasis` times in both."""

    def __init__(
        self, signal: Signal, of: Signal | float, key: Signal | None, key_of: Signal | float, emphasis: float
    ) -> None:
        self.signal = signal
        self.of = of
        self.key = key
        self.key_of = key_of
        self.emphasis = emphasis

    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
        part, whole = self.signal.number(account), _amount(self.of, account)
        if part is None or whole is None or whole <= 0:
            return None
        if self.key is not None:
            key_whole = _amount(self.key_of, account)
            if key_whole is None:
                return None
            part += (self.emphasis - 1.0) * (self.key.number(account) or 0.0)
            whole += (self.emphasis - 1.0) * key_whole
            if whole <= 0:
                return None
        return bounded(100.0 * part / whole)

    def text(self, facts: Facts, others: Judgements) -> str:
        whole = _amount_of(self.of, facts)
        said = f"{self.signal.text(facts)}, of {whole:,g}" if whole else self.signal.text(facts)
        if self.key is None:
            return said
        key_whole = _amount_of(self.key_of, facts)
        return f"{said}; {self.key.text(facts)}{f', of {key_whole:,g}' if key_whole else ''}"


def _amount(of: Signal | float, account: Account) -> float | None:
    return of if isinstance(of, int | float) else of.number(account)


def _amount_of(of: Signal | float, facts: Facts) -> float | None:
    return of if isinstance(of, int | float) else facts.number(of.name)


class Linear(Shape):
    """Piecewise linear through points, flat beyond the first and the last."""

    def __init__(self, signal: Signal, points: tuple[tuple[float, float], ...], per: Signal | None) -> None:
        self.signal = signal
        self.points = points
        self.per = per

    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
        x = self.signal.number(account)
        if x is None:
            return None
        if self.per is not None:
            whole = self.per.number(account)
            if not whole:
                return None
            x = 100.0 * x / whole
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

    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
        days = self.signal.number(account)
        if days is None:
            return self.never
        if days <= self.due:
            return 100.0
        return 0.0 if days >= self.lapse else 100.0 * (self.lapse - days) / (self.lapse - self.due)

    def text(self, facts: Facts, others: Judgements) -> str:
        return f"{self.signal.text(facts)}, due every {counted(self.due, 'days')}"


class Category(Shape):
    """The judgement that a text stands for."""

    def __init__(self, signal: Signal, values: Mapping[str, float], otherwise: float | None) -> None:
        self.signal = signal
        self.values = values
        self.otherwise = otherwise

    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
        fact = self.signal.fact(account)
        return self.values.get(fact, self.otherwise) if isinstance(fact, str) else None

    def text(self, facts: Facts, others: Judgements) -> str:
        return self.signal.text(facts)


class Milestones(Shape):
    """The share of milestones reached, of those reached or due."""

    def __init__(self, signal: MilestonesSignal) -> None:
        self.signal = signal

    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
        return self.signal.judge(account)

    def text(self, facts: Facts, others: Judgements) -> str:
        return self.signal.text(facts)


class Blend(Shape):
    """The weighted mean of other components. `parts` are (number, weight, label, shape)."""

    def __init__(self, parts: tuple[tuple[int, float, str, Shape], ...]) -> None:
        self.parts = parts

    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
        return self.mean(others)

    def mean(self, others: Judgements) -> float | None:
        """The judgement of the parts' judgements; None when none has any."""
        total = evidence = 0.0
        for number, weight, _, _ in self.parts:
            judgement = others[number]
            if judgement is not None:
                total += weight * judgement
                evidence += weight
        return total / evidence if evidence else None

    def text(self, facts: Facts, others: Judgements) -> str:
        """Each part with its judgement, and of the lowest why."""
        found = {number: judgement for number, _, _, _ in self.parts if (judgement := others[number]) is not None}
        lowest = min(found, key=found.__getitem__, default=-1)
        said = [
            f"{label} {found[number]:.0f}"
            + (f" ({shape.text(facts, others)})" if number == lowest and found[number] < 100 else "")
            for number, _, label, shape in self.parts
            if number in found
        ]
        return ", ".join(said) or "no evidence for any part"


class Excepted(Shape):
    """A shape with exceptions: no evidence without `needs`, and rules that decide in its stead."""

    def __init__(self, shape: Shape, needs: Signal | None, rules: tuple[tuple[Conditions, float, str], ...]) -> None:
        self.shape = shape
        self.needs = needs
        self.rules = rules

    def judge(self, account: Account, maxima: Maxima, others: Judgements) -> float | None:
        if self.needs is not None and not self._has_what_it_needs(account):
            return None
        for conditions, judgement, _ in self.rules:
            if conditions.hold(account):
                return judgement
        return self.shape.judge(account, maxima, others)

    def text(self, facts: Facts, others: Judgements) -> str:
        if self.needs is not None and not (facts.number(self.needs.name) or 0) > 0:
            return self.needs.text(facts)
        for conditions, _, words in self.rules:
            if conditions.hold_for(facts.values):
                said = conditions.text(facts)
                return f"{said}: {words}" if words else said
        return self.shape.text(facts, others)

    def _has_what_it_needs(self, account: Account) -> bool:
        return self.needs is None or (self.needs.number(account) or 0.0) > 0
