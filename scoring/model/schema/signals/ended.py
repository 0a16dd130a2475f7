"""When the last of an account's items, such as its subscriptions, ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from scoring.model.rule_checks import ModelRuleError, check_property_name
from scoring.model.schema.ranges import Nature
from scoring.model.schema.signals.base import SignalContext
from scoring.model.schema.signals.filtered import Filtered, check_takes_something, names_in_both


class Ended(Filtered, frozen=True, kw_only=True, tag="ended"):
    """When the last of the account's items ended: an instant. Unknown while one of them runs, and before any is known.

    The filter says which events show that an item runs; `ended_by` the names of those that end it (of the same topics,
    or any topic when in `also`). The latest event of an item decides. `by` is the property that names the item; without
    it, the account has one. As in `Last` with `by`, an event without an item is about the whole account: one that
    ends it ends all items before it; one that shows that it runs holds until the next event with an item.
    """

    LISTS: ClassVar[tuple[str, ...]] = (*Filtered.LISTS, "ended_by")

    PROPERTIES: ClassVar[tuple[str, ...]] = ("by",)

    ended_by: tuple[str, ...]
    by: str = ""

    def nature(self) -> Nature:
        return "instant"

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        if self.by:
            check_property_name(f"{key}.by", self.by, "name the property that holds the item's id")
        words = "name at least one event that ends, like 'subscription_canceled'"
        check_takes_something(f"{key}.ended_by", self.ended_by, words)
        if both := names_in_both(self, self.ended_by):
            words = f"{both[0]!r} is in events, too, but can only end; remove it from one"
            raise ModelRuleError(f"{key}.ended_by", words)

    def properties(self) -> Iterable[str]:
        return [*([self.by] if self.by else []), *super().properties()]

    def ends(self, topic: str, name: str) -> bool:
        return self.ends_by(self.ended_by, topic, name)

    def source_text(self) -> str:
        by = f", by {self.by}" if self.by else ""
        return f"{super().source_text()} ▸ ended by {', '.join(self.ended_by)}{by}"
