"""Latest values of a property, and the time of the latest event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from typing import ClassVar, Literal

from scoring.model.rule_checks import ModelRuleError, check_property_name, check_within
from scoring.model.schema.ranges import Nature, Range
from scoring.model.schema.signals.base import SignalBase, SignalContext, check_whole_days
from scoring.model.schema.signals.filtered import Filtered
from scoring.model.schema.signals.use_days import NTH, ORDINALS

NTH_WITHIN = "400d"


class Last(Filtered, frozen=True, kw_only=True, tag="last"):
    """The latest value of a property by `occurred_at`; an event named in `zero_on` sets it to 0.

    A trait of the account (segment, plan, lifecycle) is a `last` of type "text". Type "length" is the number of entries
    of a property that is a list.

    With `by`, a property that names an item (such as a subscription), it is the sum of the latest values of all items;
    an event in `zero_on` ends its item. A value without an item is that of the whole, until an item has a value again;
    an event in `zero_on` without one ends all items before it.
    """

    LISTS: ClassVar[tuple[str, ...]] = (*Filtered.LISTS, "zero_on")
    PROPERTIES: ClassVar[tuple[str, ...]] = ("property", "by")

    property: str
    by: str = ""
    type: Literal["number", "text", "length"] = "number"
    minimum: float | None = None
    zero_on: tuple[str, ...] = ()

    def nature(self) -> Nature:
        return "text" if self.type == "text" else "number"

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        if self.type == "length":
            return Range(known=False)
        lower = -inf if self.minimum is None else self.minimum
        if self.by and lower < 0:
            lower = -inf
        return Range(lower=min(lower, 0.0) if self.zero_on else lower, whole=False, known=False)

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_property_name(f"{key}.property", self.property, "name the property whose latest value is kept")
        if self.by:
            check_property_name(f"{key}.by", self.by, "name the property that holds the item's id")
        if self.type == "text" and self.zero_on:
            raise ModelRuleError(f"{key}.zero_on", "a text is never 0; leave it out, or write type = 'number'")
        if self.type != "number" and self.by:
            words = f"only numbers add up, not a {self.type}; leave it out, or write type = 'number'"
            raise ModelRuleError(f"{key}.by", words)
        if self.by and self.by == self.property:
            words = f"{self.by!r} is the value itself; name the property that holds the item's id"
            raise ModelRuleError(f"{key}.by", words)
        if self.type != "number" and self.minimum is not None:
            words = f"a {self.type} has no minimum; leave it out, or write type = 'number'"
            raise ModelRuleError(f"{key}.minimum", words)

    def properties(self) -> Iterable[str]:
        return [self.property, *([self.by] if self.by else []), *super().properties()]

    def ends(self, topic: str, name: str) -> bool:
        return self.ends_by(self.zero_on, topic, name)

    def source_text(self) -> str:
        zero = f", 0 on {', '.join(self.zero_on)}" if self.zero_on else ""
        kind = "" if self.type == "number" else f" ({self.type})"
        by = f", summed by {self.by}" if self.by else ""
        return f"{super().source_text()} ▸ {self.property}{kind}{by}{zero}"


class LastAt(Filtered, frozen=True, kw_only=True, tag="last_at"):
    """When the latest such event occurred: an instant."""

    COUNTS_USE: ClassVar[bool] = True

    def nature(self) -> Nature:
        return "instant"


class SinceLast(Filtered, frozen=True, kw_only=True, tag="since_last"):
    """Whole days since the latest such event.

    With `nth` above 1: whole days (of UTC) since the `nth`-latest day with such an event of the last `within`, the days
    (today - within, today]; since the first of these days while there are fewer; and since the latest such event when
    there is none. So one day of use does not end a silence.
    """

    COUNTS_USE: ClassVar[bool] = True

    nth: int = 1
    within: str = NTH_WITHIN

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(known=False)

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_within(f"{key}.nth", self.nth, *NTH, "the number of days")
        check_whole_days(f"{key}.within", self.within, "the nth-latest day")
        if self.nth == 1 and self.within != NTH_WITHIN:
            raise ModelRuleError(f"{key}.within", "the latest event is kept for ever; leave it out, or write nth = 2")

    def window_text(self) -> str:
        return f"the {ORDINALS[self.nth]}-latest day of {self.within}" if self.nth > 1 else ""
