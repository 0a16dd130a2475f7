"""Shares: of the greatest of all accounts, of the account's own peak, of a cap, of a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from scoring.model.rule_checks import ModelRuleError
from scoring.model.schema.components.base import ComponentContext, OfSignal, check_kind, scaled
from scoring.model.schema.ranges import Bounds
from scoring.model.schema.signals.base import SignalBase, check_number
from scoring.model.schema.signals.daily import Peak


class ShareOfMax(OfSignal, frozen=True, kw_only=True, tag="share_of_max"):
    """100 × signal / the greatest of all accounts (the cohort norm); 0 when that is 0."""

    USES_NORM: ClassVar[bool] = True

    def formula_text(self) -> str:
        return f"100 × {self.signal} / the most of any account"


class InverseShareOfMax(OfSignal, frozen=True, kw_only=True, tag="inverse_share_of_max"):
    """100 × (1 - signal / the greatest of all accounts); 100 when that is 0."""

    USES_NORM: ClassVar[bool] = True

    def formula_text(self) -> str:
        return f"100 × (1 − {self.signal} / the most of any account)"


class Capped(OfSignal, frozen=True, kw_only=True, tag="capped"):
    """100 × signal / cap within ±100: only for models that add points up."""

    cap: float

    def check(self, model: ComponentContext, key: str) -> None:
        super().check(model, key)
        if model.header.combine != "sum":
            words = "'capped' can be below 0, so it needs model.combine = 'sum'; or use 'trend'"
            raise ModelRuleError(f"{key}.shape", words)
        if self.cap <= 0:
            raise ModelRuleError(f"{key}.cap", f"{self.cap:g} must be above 0; it is what counts as 100")

    def bounds(self, signals: Mapping[str, SignalBase], parts: Mapping[str, Bounds]) -> Bounds:
        return scaled(signals[self.signal].value_range(signals), self.cap, -100.0)

    def formula_text(self) -> str:
        return f"100 × {self.signal} / {self.cap:g}, within ±100"


class VsOwnPeak(OfSignal, frozen=True, kw_only=True, tag="vs_own_peak"):
    """100 × signal / the account's own peak, at most 100; none when it never had any."""

    SIGNALS: ClassVar[tuple[str, ...]] = ("signal", "peak")

    peak: str

    def check(self, model: ComponentContext, key: str) -> None:
        check_number(model.signals, f"{key}.signal", self.signal)
        check_kind(model, f"{key}.peak", self.peak, Peak, "a peak")

    def formula_text(self) -> str:
        return f"100 × {self.signal} / {self.peak}, at most 100"


class Ratio(OfSignal, frozen=True, kw_only=True, tag="ratio"):
    """100 × signal / `of` (a number, or a signal), at most 100; none unless `of` is known and above 0.

    With `key` (a signal that counts the key part of `signal`) and `key_of` (how many there are: a number, or a
    signal), the key part counts `emphasis` times: 100 × (signal + (e - 1) × key) / (of + (e - 1) × key_of).
    """

    SIGNALS: ClassVar[tuple[str, ...]] = ("signal", "of", "key", "key_of")

    of: float | str
    key: str = ""
    key_of: float | str = 0.0
    emphasis: float = 2.0

    def check(self, model: ComponentContext, key: str) -> None:
        check_number(model.signals, f"{key}.signal", self.signal)
        _check_whole(model, f"{key}.of", self.of)
        if self.emphasis < 1:
            words = f"{self.emphasis:g} must be 1 or more; 2 counts the key part twice"
            raise ModelRuleError(f"{key}.emphasis", words)
        if self.key:
            check_number(model.signals, f"{key}.key", self.key)
            if self.key_of != 0.0:
                _check_whole(model, f"{key}.key_of", self.key_of)
        elif self.key_of != 0.0:
            words = "key_of is given without key, which counts the key part; add it, or leave out key_of"
            raise ModelRuleError(f"{key}.key", words)

    def bounds(self, signals: Mapping[str, SignalBase], parts: Mapping[str, Bounds]) -> Bounds:
        if isinstance(self.of, str) or self.key:
            return Bounds(0.0, 100.0)
        return scaled(signals[self.signal].value_range(signals), self.of, 0.0)

    def formula_text(self) -> str:
        text = f"100 × {self.signal} / {_whole_text(self.of)}, at most 100"
        if not self.key:
            return text
        of = f" of {_whole_text(self.key_of)}" if self.key_of else ""
        return f"{text}; {self.key}{of} counts {self.emphasis:g} times"


def _check_whole(model: ComponentContext, key: str, whole: float | str) -> None:
    if isinstance(whole, str):
        check_number(model.signals, key, whole)
    elif whole <= 0:
        raise ModelRuleError(key, f"{whole:g} must be above 0; change it")


def _whole_text(whole: float | str) -> str:
    return whole if isinstance(whole, str) else f"{whole:g}"
