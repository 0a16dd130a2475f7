"""Judgements of texts and of milestones."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.model.rule_checks import ModelRuleError, check_judgement, check_known_name, check_not_empty
from scoring.model.schema.components.base import ComponentContext, OfSignal, check_kind, judgements_text
from scoring.model.schema.ranges import Bounds
from scoring.model.schema.signals.base import SignalBase
from scoring.model.schema.signals.milestones import Reached


class Category(OfSignal, frozen=True, kw_only=True, tag="category"):
    """The judgement of a text in `values`, else `otherwise`; none when it is unknown, or neither has one."""

    values: dict[str, float]
    otherwise: float | None = None

    def check(self, model: ComponentContext, key: str) -> None:
        check_known_name(f"{key}.signal", self.signal, "signal", model.signals)
        if model.signals[self.signal].nature() != "text":
            words = f"{self.signal!r} is not a text; name a signal of kind 'last' with type = 'text'"
            raise ModelRuleError(f"{key}.signal", words)
        words = "give the judgement of at least one text, like { happy = 100 }"
        check_not_empty(f"{key}.values", self.values, words)
        for text, judgement in self.values.items():
            check_judgement(f"{key}.values.{text}", judgement)
        if self.otherwise is not None:
            check_judgement(f"{key}.otherwise", self.otherwise)

    def bounds(self, signals: Mapping[str, SignalBase], parts: Mapping[str, Bounds]) -> Bounds:
        judgements = [*self.values.values(), *([] if self.otherwise is None else [self.otherwise])]
        return Bounds(min(judgements), max(judgements))

    def formula_text(self) -> str:
        otherwise = "" if self.otherwise is None else f", else {self.otherwise:g}"
        return f"{self.signal}: {judgements_text(self.values.items())}{otherwise}"


class Milestones(OfSignal, frozen=True, kw_only=True, tag="milestones"):
    """100 × the weight reached / the weight of milestones that are reached or due; one without `due` is always due.
    None when no milestone is either."""

    def check(self, model: ComponentContext, key: str) -> None:
        check_kind(model, f"{key}.signal", self.signal, Reached, "milestones")

    def formula_text(self) -> str:
        return f"{self.signal}: 100 × reached / (reached or due)"
