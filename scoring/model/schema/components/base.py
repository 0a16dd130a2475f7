"""The base of all shapes of component: a table of the model file that checks itself and names what it reads."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Protocol

import msgspec

from scoring.model.interpolation import along
from scoring.model.rule_checks import ModelRuleError, check_judgement, check_known_name
from scoring.model.schema.components.evidence import EvidenceFactor
from scoring.model.schema.ranges import Bounds, Range
from scoring.model.schema.rules import Rule, conditions_text
from scoring.model.schema.signals.base import SignalBase, SignalContext, check_number


class ComponentBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="shape", kw_only=True):
    """One shape of component. A new shape overrides what differs from these defaults; see CONTRIBUTING.

    `source` names a source that must have been sent, by any account, and `needs` a signal that must be above 0, or
    there is no evidence. The first rule of `when` that holds decides
    instead of the shape. A component of weight 0 is judged and shown, and counts only in a blend or a profile.

    `evidence` are factors that say how much of its weight counts, 0-1; at 0 there is no evidence. A shape may have
    evidence of its own, which multiplies them where the shape decides.
    """

    SIGNALS: ClassVar[tuple[str, ...]] = ()
    """The keys that name a signal, unless their value is a number."""
    USES_NORM: ClassVar[bool] = False
    """Whether it judges by the cohort norm."""

    weight: float
    label: str = ""
    source: str = ""
    needs: str = ""
    when: tuple[Rule, ...] = ()
    evidence: tuple[EvidenceFactor, ...] = ()

    @property
    def shape(self) -> str:
        """The shape, as written in the file."""
        return str(self.__struct_config__.tag)

    def signal_names(self) -> list[str]:
        """The names of the signals that it reads, in the order of its keys, without those of a blend's parts."""
        fields = (*self.SIGNALS, "needs")
        names = [name for field in fields if isinstance(name := getattr(self, field), str) and name]
        names += [condition.signal for rule in self.when for condition in rule.conditions()]
        names += [factor.signal for factor in self.evidence]
        return list(dict.fromkeys(names))

    def part_weights(self) -> Mapping[str, float]:
        """The components that it combines, with their weights."""
        return {}

    def check(self, model: ComponentContext, key: str) -> None:
        """Check the keys of the shape beyond their types; `key` is that of the table.

        Raises:
            ModelRuleError: when one breaks a rule.
        """
        raise NotImplementedError

    def bounds(self, signals: Mapping[str, SignalBase], parts: Mapping[str, Bounds]) -> Bounds:
        """The judgements that the shape can make; `parts` are those of other components."""
        return Bounds(0.0, 100.0)

    def has_own_evidence(self) -> bool:
        """Whether the shape has evidence of its own, beside `evidence` and that of a blend's parts."""
        return False

    def own_evidence_text(self) -> str:
        """The shape's own evidence as a formula; "" when it has none."""
        return ""

    def trend_windows(self) -> tuple[str, str] | None:
        """The two signals that it compares: a window, and the window before it; None for other shapes."""
        return None

    def min_history_ms(self) -> int | None:
        """The least age of the account for a judgement; None when any age will do."""
        return None

    def values_to_reach(self, signal: str) -> tuple[float, float] | None:
        """The range in which greater values of a signal are judged better, when the signal alone decides; else None."""
        return None

    def formula_text(self) -> str:
        """The formula with its thresholds: «tickets: 1 makes 100, 10 makes 0»."""
        raise NotImplementedError

    def rule_texts(self) -> list[tuple[str, str]]:
        """What else decides, by key: `source`, `needs`, then the rules of `when` in order, then `evidence`."""
        rules = [("source", f"{self.source} was ever sent, by any account")] if self.source else []
        rules += [("needs", f"{self.needs} > 0")] if self.needs else []
        for rule in self.when:
            why = f" ({rule.words})" if rule.words else ""
            rules.append(("when", f"{conditions_text(rule.conditions())} makes {rule.judgement:g}{why}"))
        factors = [text for text in (self.own_evidence_text(), *(each.text() for each in self.evidence)) if text]
        return [*rules, ("evidence", " · ".join(factors))] if factors else rules


class ComponentContext(SignalContext, Protocol):
    """The model around a component, for its checks."""

    @property
    def components(self) -> Mapping[str, ComponentBase]:
        """All components by name."""


class OfSignal(ComponentBase, frozen=True, kw_only=True):
    """A shape with one main signal."""

    SIGNALS: ClassVar[tuple[str, ...]] = ("signal",)

    signal: str

    def check(self, model: ComponentContext, key: str) -> None:
        for field in self.SIGNALS:
            check_number(model.signals, f"{key}.{field}", getattr(self, field))


def check_kind(model: SignalContext, key: str, name: str, kind: type[SignalBase], what: str) -> None:
    """Reject an unknown signal, or one of another kind; `what` says what the right kind measures."""
    check_known_name(key, name, "signal", model.signals)
    if not isinstance(model.signals[name], kind):
        tag = kind.__struct_config__.tag
        raise ModelRuleError(key, f"{name!r} is not {what}; name a signal of kind {tag!r}")


def scaled(values: Range, whole: float, least: float) -> Bounds:
    """The bounds of 100 × signal / whole, from `least` to 100."""
    lower, upper = (min(100.0, max(least, 100.0 * end / whole)) for end in (values.lower, values.upper))
    return Bounds(lower, upper, values.known)


def check_points(key: str, points: Sequence[tuple[float, float]]) -> None:
    """Reject a line of fewer than two points, of points out of order, or of judgements outside 0-100."""
    if len(points) < 2:
        raise ModelRuleError(key, "give at least two, like [[0, 100], [10, 0]]")
    for (x, _), (following, _) in itertools.pairwise(points):
        if following <= x:
            raise ModelRuleError(key, f"x must grow, but {following:g} comes after {x:g}; sort the points")
    for _, y in points:
        check_judgement(key, y)


def line_bounds(points: Sequence[tuple[float, float]], lower: float, upper: float, *, always: bool) -> Bounds:
    """The judgements along a line over x from `lower` to `upper`: they end at its points in between, or with x."""
    ends = [along(points, lower), along(points, upper)]
    ends += [judgement for x, judgement in points if lower <= x <= upper]
    return Bounds(min(ends), max(ends), always)


def judgements_text(judgements: Iterable[tuple[object, float]]) -> str:
    """«1 makes 100, 10 makes 0»"""
    return ", ".join(f"{value} makes {judgement:g}" for value, judgement in judgements)
