"""Components, compiled: a judgement 0-100 of signals, or None when there is no evidence, and its words.

The formulas are those of the model file's shapes; `scoring.spec` says each in one sentence.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from scoring.instants import duration_words
from scoring.signals import Signal, age_days, age_ms

if TYPE_CHECKING:
    from scoring.account import Account

Maxima = Mapping[str, float]
"""The cohort norm: the greatest of all accounts, by signal name. Empty while nobody has one."""


class Shape(Protocol):
    """One compiled shape. `judge` answers 0-100 (`capped`: -100 to 100), or None without evidence."""

    def judge(self, account: Account, maxima: Maxima) -> float | None: ...

    def words(self, account: Account, maxima: Maxima) -> str: ...


def _bounded(judgement: float, lower: float = 0.0) -> float:
    return min(100.0, max(lower, judgement))


class ShareOfMax:
    """100 × signal / norm, or 100 × (1 - signal / norm) when inverse."""

    def __init__(self, name: str, signal: Signal, *, inverse: bool) -> None:
        self.name = name
        self.signal = signal
        self.inverse = inverse

    def judge(self, account: Account, maxima: Maxima) -> float | None:
        signal, norm = self.signal.read(account), maxima.get(self.name)
        if signal is None or norm is None:
            return None
        share = 100.0 * signal / norm if norm > 0 else 0.0
        return _bounded(100.0 - share if self.inverse else share)

    def words(self, account: Account, maxima: Maxima) -> str:
        norm = maxima.get(self.name)
        if norm is None:
            return "the cohort's norm is not known yet"
        return f"{self.signal.words(account)}; the most of any account is {norm:,g}"


class Capped:
    """100 × signal / cap, within ±100."""

    def __init__(self, signal: Signal, cap: float) -> None:
        self.signal = signal
        self.cap = cap

    def judge(self, account: Account, maxima: Maxima) -> float | None:
        signal = self.signal.read(account)
        return None if signal is None else _bounded(100.0 * signal / self.cap, -100.0)

    def words(self, account: Account, maxima: Maxima) -> str:
        return self.signal.words(account)


class VsOwnPeak:
    """100 × signal / the account's own peak."""

    def __init__(self, signal: Signal, peak: Signal) -> None:
        self.signal = signal
        self.peak = peak

    def judge(self, account: Account, maxima: Maxima) -> float | None:
        signal, peak = self.signal.read(account), self.peak.read(account)
        return None if signal is None or not peak else _bounded(100.0 * signal / peak)

    def words(self, account: Account, maxima: Maxima) -> str:
        peak = self.peak.read(account) or 0
        return f"{self.signal.words(account)}; its own best is {peak:,g}"


class Trend:
    """50 + 50 × (change / full), where change is (window - prior) / prior."""

    def __init__(self, signal: Signal, prior: Signal, full: float, min_history_ms: int, resolution_ms: int) -> None:
        self.signal = signal
        self.prior = prior
        self.full = full
        self.min_history_ms = min_history_ms
        self.resolution_ms = resolution_ms

    def judge(self, account: Account, maxima: Maxima) -> float | None:
        now, before = self.signal.read(account), self.prior.read(account)
        if now is None or before is None or (now == 0 and before == 0):
            return None
        if age_ms(account, self.resolution_ms) < self.min_history_ms:
            return None
        return 100.0 if before == 0 else _bounded(50.0 + 50.0 * ((now - before) / before) / self.full)

    def words(self, account: Account, maxima: Maxima) -> str:
        if age_ms(account, self.resolution_ms) < self.min_history_ms:
            age = age_days(account, self.resolution_ms)
            return f"{age} days of history; a trend needs {duration_words(self.min_history_ms)}"
        now, before = self.signal.read(account) or 0, self.prior.read(account) or 0
        change = f" ({(now - before) / before:+.0%})" if before else ""
        return f"{self.signal.words(account)}, {self.prior.words(account)}{change}"


class Ratio:
    """100 × signal / of."""

    def __init__(self, signal: Signal, of: Signal | float) -> None:
        self.signal = signal
        self.of = of

    def judge(self, account: Account, maxima: Maxima) -> float | None:
        signal, whole = self.signal.read(account), self._whole(account)
        return None if signal is None or not whole else _bounded(100.0 * signal / whole)

    def words(self, account: Account, maxima: Maxima) -> str:
        whole = self._whole(account)
        return f"{self.signal.words(account)}, of {whole:,g}" if whole else self.signal.words(account)

    def _whole(self, account: Account) -> float | None:
        return self.of if isinstance(self.of, int | float) else self.of.read(account)


class Linear:
    """Piecewise linear through points, flat beyond the first and the last."""

    def __init__(self, signal: Signal, points: tuple[tuple[float, float], ...], per: Signal | None) -> None:
        self.signal = signal
        self.points = points
        self.per = per

    def judge(self, account: Account, maxima: Maxima) -> float | None:
        x = self.signal.read(account)
        if x is None:
            return None
        if self.per is not None:
            whole = self.per.read(account)
            if not whole:
                return None
            x = 100.0 * x / whole
        points = self.points
        if x <= points[0][0]:
            return points[0][1]
        for (left, low), (right, high) in itertools.pairwise(points):
            if x <= right:
                return low + (high - low) * (x - left) / (right - left)
        return points[-1][1]

    def words(self, account: Account, maxima: Maxima) -> str:
        if self.per is None:
            return self.signal.words(account)
        return f"{self.signal.words(account)}, with {self.per.words(account)}"


class Excepted:
    """A shape with exceptions: no evidence without `needs`, and rules that decide in its stead."""

    def __init__(self, shape: Shape, needs: Signal | None, rules: tuple[tuple[Signal, float, float, str], ...]) -> None:
        self.shape = shape
        self.needs = needs
        self.rules = rules

    def judge(self, account: Account, maxima: Maxima) -> float | None:
        if self.needs is not None and not self.needs.read(account):
            return None
        for signal, at_least, judgement, _ in self.rules:
            value = signal.read(account)
            if value is not None and value >= at_least:
                return judgement
        return self.shape.judge(account, maxima)

    def words(self, account: Account, maxima: Maxima) -> str:
        if self.needs is not None and not self.needs.read(account):
            return f"no evidence: {self.needs.words(account)}"
        for signal, at_least, _, words in self.rules:
            value = signal.read(account)
            if value is not None and value >= at_least:
                return f"{signal.words(account)}: {words}" if words else signal.words(account)
        return self.shape.words(account, maxima)
