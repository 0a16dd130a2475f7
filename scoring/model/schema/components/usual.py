"""The judgement of a value against the account's own usual one."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import ClassVar

from scoring.model.rule_checks import ModelRuleError
from scoring.model.schema.components.base import (
    ComponentContext,
    OfSignal,
    check_points,
    judgements_text,
    line_bounds,
)
from scoring.model.schema.ranges import Bounds
from scoring.model.schema.signals.base import SignalBase, check_number


class VsUsual(OfSignal, frozen=True, kw_only=True, tag="vs_usual"):
    """Along the line through `points` [[x, judgement], …], flat beyond them, at x = (signal + k) / (max(usual, least) +
    k). k is `prior`, with `dispersion` × that signal, kept within 1 to 16. So small counts are drawn towards x = 1.

    None while one of the two is unknown, and while the divisor is 0. With a `prior`, its evidence is usual / (usual +
    k): a usual of little says little.
    """

    SIGNALS: ClassVar[tuple[str, ...]] = ("signal", "usual", "dispersion")

    usual: str
    points: tuple[tuple[float, float], ...]
    prior: float = 0.0
    dispersion: str = ""
    least: float = 0.0

    def check(self, model: ComponentContext, key: str) -> None:
        check_number(model.signals, f"{key}.signal", self.signal)
        check_number(model.signals, f"{key}.usual", self.usual)
        for field, number in (("prior", self.prior), ("least", self.least)):
            if number < 0:
                raise ModelRuleError(f"{key}.{field}", f"{number:g} must be 0 or more; 0 leaves it out")
        if self.prior and model.header.combine == "sum":
            words = "it makes evidence count, and where points add up every weight counts in full; leave it out"
            raise ModelRuleError(f"{key}.prior", words)
        if self.dispersion:
            check_number(model.signals, f"{key}.dispersion", self.dispersion)
            if not self.prior:
                words = "it multiplies prior, which is not given; add a prior, or leave dispersion out"
                raise ModelRuleError(f"{key}.dispersion", words)
        check_points(f"{key}.points", self.points)

    def bounds(self, signals: Mapping[str, SignalBase], parts: Mapping[str, Bounds]) -> Bounds:
        is_counted = signals[self.signal].value_range(signals).lower >= 0
        return line_bounds(self.points, 0.0 if is_counted else -inf, inf, always=False)

    def has_own_evidence(self) -> bool:
        return self.prior > 0

    def own_evidence_text(self) -> str:
        return f"{self.usual} / ({self.usual} + {self._k_text()})" if self.prior else ""

    def formula_text(self) -> str:
        """
        >>> VsUsual(signal="used", usual="usual", prior=3, points=((0.5, 0), (1, 100)), weight=1).formula_text()
        '(used + 3) / (usual + 3): 0.5 makes 0, 1 makes 100'
        """
        usual = f"max({self.usual}, {self.least:g})" if self.least else self.usual
        k = f" + {self._k_text()}" if self.prior else ""
        x = f"({self.signal}{k}) / ({usual}{k})" if k else f"{self.signal} / {usual}"
        return f"{x}: {judgements_text((f'{point:g}', judgement) for point, judgement in self.points)}"

    def _k_text(self) -> str:
        return f"{self.prior:g}" + (f" × {self.dispersion}" if self.dispersion else "")
