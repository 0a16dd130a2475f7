"""Times from opened to closed, by item id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from scoring.model.rule_checks import check_property_name
from scoring.model.schema.ranges import Range
from scoring.model.schema.signals.base import SignalBase, SignalContext, check_window
from scoring.model.schema.signals.filtered import Filtered, check_opens_and_closes


class Duration(Filtered, frozen=True, kw_only=True, tag="duration"):
    """Hours from opened to closed: the median or mean of the items closed in the last `window`.

    The filter says which events open; `closed_by` the names of those that close (of the same topics, or any topic when
    in `also`). The id is the property `item`; an event without one says nothing. A close counts when the event of its
    item just before it opens, and counts from there: what is closed, opened again and closed again counts twice, and a
    close without an open, or after another close, is no evidence. Nor is one that comes more than `within` after its
    open. Ties are those of `open`: at one instant, what closes is later than what opens.
    """

    LISTS: ClassVar[tuple[str, ...]] = (*Filtered.LISTS, "closed_by")
    PROPERTIES: ClassVar[tuple[str, ...]] = ("item",)

    item: str
    closed_by: tuple[str, ...]
    window: str
    measure: Literal["median", "mean"] = "median"
    within: str = "180d"

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(whole=False, known=False)

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_property_name(f"{key}.item", self.item, "name the property that holds the id, like 'ticket_id'")
        check_opens_and_closes(key, self, self.closed_by)
        check_window(model, f"{key}.window", self.window)
        check_window(model, f"{key}.within", self.within)

    def properties(self) -> Iterable[str]:
        return [self.item, *super().properties()]

    def ends(self, topic: str, name: str) -> bool:
        return self.ends_by(self.closed_by, topic, name)

    def source_text(self) -> str:
        closed = ", ".join(self.closed_by)
        return f"{super().source_text()} ▸ {self.measure} hours until {self.item} is closed by {closed}"

    def window_text(self) -> str:
        return f"{self.window}, each at most {self.within}"
