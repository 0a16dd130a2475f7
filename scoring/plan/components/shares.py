"""Shares: of the greatest of all accounts, of the account's own peak, of a cap, of a whole."""

from __future__ import annotations

from scoring.fingerprint import fingerprint
from scoring.model import schema
from scoring.model.references import meaning_of
from scoring.plan.components.base import CohortNorm, ComponentParts, Judged, Judgements, Shape, bounded
from scoring.plan.facts import Facts
from scoring.plan.signals.base import Signal
from scoring.state.account import Account


class ShareOfMax(Shape):
    """100 × signal / norm, or 100 × (1 - signal / norm) when inverse. `name` is the signal's in the norm."""

    def __init__(self, name: str, signal: Signal, *, inverse: bool) -> None:
        self.name = name
        self.signal = signal
        self.inverse = inverse

    @staticmethod
    def compile(parts: ComponentParts, of: schema.ShareOfMax | schema.InverseShareOfMax) -> ShareOfMax:
        """The shape of a table; its signal joins the cohort norm."""
        signal, name = parts.signals[of.signal], f"{parts.norm_prefix}{of.signal}"
        parts.norms[name] = signal
        parts.meanings[name] = fingerprint(meaning_of(parts.model, of.signal))
        return ShareOfMax(name, signal, inverse=isinstance(of, schema.InverseShareOfMax))

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        signal, greatest = self.signal.number(account), norm.get(self.name)
        if signal is None or greatest is None:
            return None
        share = 100.0 * signal / greatest if greatest > 0 else 0.0
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

    @staticmethod
    def compile(parts: ComponentParts, of: schema.Capped) -> Capped:
        """The shape of a table."""
        return Capped(parts.signals[of.signal], of.cap)

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        signal = self.signal.number(account)
        return None if signal is None else bounded(100.0 * signal / self.cap, -100.0)

    def text(self, facts: Facts, others: Judgements) -> str:
        return self.signal.text(facts)


class VsOwnPeak(Shape):
    """100 × signal / the account's own peak."""

    def __init__(self, signal: Signal, peak: Signal) -> None:
        self.signal = signal
        self.peak = peak

    @staticmethod
    def compile(parts: ComponentParts, of: schema.VsOwnPeak) -> VsOwnPeak:
        """The shape of a table."""
        return VsOwnPeak(parts.signals[of.signal], parts.signals[of.peak])

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        signal, peak = self.signal.number(account), self.peak.number(account)
        return None if signal is None or not peak else bounded(100.0 * signal / peak)

    def text(self, facts: Facts, others: Judgements) -> str:
        peak = facts.number(self.peak.name) or 0
        return f"{self.signal.text(facts)}; its own best is {peak:,g}"


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

    @staticmethod
    def compile(parts: ComponentParts, of: schema.Ratio) -> Ratio:
        """The shape of a table."""
        whole, key_whole = parts.amount(of.of), parts.amount(of.key_of)
        return Ratio(parts.signals[of.signal], whole, parts.optional(of.key), key_whole, of.emphasis)

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
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
