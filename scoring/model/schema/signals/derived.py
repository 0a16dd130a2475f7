"""Signals without a filter of their own: the account's age, and one signal minus another."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.model.rule_checks import ModelRuleError
from scoring.model.schema.ranges import Range
from scoring.model.schema.signals.base import SignalBase, SignalContext, check_number


class Age(SignalBase, frozen=True, kw_only=True, tag="age"):
    """Whole days since the account began: see `Header.pause_max`."""

    def source_text(self) -> str:
        return "the account's first event"


class Difference(SignalBase, frozen=True, kw_only=True, tag="difference"):
    """Signal `of` minus signal `minus`."""

    of: str
    minus: str

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        """The range of the difference, with its two signals taken as independent."""
        of, minus = (signals[name].value_range(signals) for name in self.operands())
        return Range(
            lower=of.lower - minus.upper,
            upper=of.upper - minus.lower,
            whole=of.whole and minus.whole,
            known=of.known and minus.known,
        )

    def check(self, model: SignalContext, key: str) -> None:
        for field in ("of", "minus"):
            name = getattr(self, field)
            check_number(model.signals, f"{key}.{field}", name)
            if model.signals[name].operands():
                words = "a difference cannot be of differences, nor of a 'known' or 'expected'; name signals of events"
                raise ModelRuleError(f"{key}.{field}", words)

    def operands(self) -> tuple[str, ...]:
        return self.of, self.minus

    def source_text(self) -> str:
        return f"{self.of} − {self.minus}"
