"""How long it is until an instant that a property names, such as a renewal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from typing import ClassVar

from scoring.model.rule_checks import check_property_name
from scoring.model.schema.ranges import Range
from scoring.model.schema.signals.base import SignalBase, SignalContext
from scoring.model.schema.signals.filtered import Filtered


class Until(Filtered, frozen=True, kw_only=True, tag="until"):
    """Whole days (of UTC) until the instant in the latest value of a property by `occurred_at`: 0 on its day, negative
    after it. An instant is a date, RFC 3339, or epoch seconds or milliseconds, of the years 2000 to 9999.
    """

    PROPERTIES: ClassVar[tuple[str, ...]] = ("property",)

    property: str

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(lower=-inf, known=False)

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_property_name(f"{key}.property", self.property, "name the property that holds the date")

    def properties(self) -> Iterable[str]:
        return [self.property, *super().properties()]

    def source_text(self) -> str:
        return f"{super().source_text()} ▸ {self.property}"
