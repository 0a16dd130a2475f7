"""Items that were opened and not yet closed, by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from scoring.model.rule_checks import ModelRuleError, check_property_name, check_weights
from scoring.model.schema.ranges import Range
from scoring.model.schema.signals.base import SignalBase, SignalContext, check_window
from scoring.model.schema.signals.filtered import Filtered, check_opens_and_closes


class Open(Filtered, frozen=True, kw_only=True, tag="open"):
    """Items opened and not yet closed, by id. The filter says which events open; `closed_by` the names of those
    that close (of the same topics, or any topic when in `also`).

    The id is the property `item`; an event without one says nothing. The latest event of an id decides whether it is
    open (ties: see `scoring.state.open_items`), and only events of the last `within` count. `measure` is how many are
    open, their summed `weight` (by the text in `weigh_by`, from `weights`; 1 when it is not listed there), or the whole
    days since the `oldest` of them was opened last (0 when none is open).
    """

    LISTS: ClassVar[tuple[str, ...]] = (*Filtered.LISTS, "closed_by")
    PROPERTIES: ClassVar[tuple[str, ...]] = ("item", "weigh_by")

    item: str
    closed_by: tuple[str, ...]
    measure: Literal["count", "weight", "oldest"] = "count"
    weigh_by: str = ""
    weights: dict[str, float] = {}  # noqa: RUF012 - msgspec copies it
    within: str = "180d"

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(whole=self.measure != "weight")

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_property_name(f"{key}.item", self.item, "name the property that holds the id, like 'ticket_id'")
        if self.weigh_by:
            check_property_name(f"{key}.weigh_by", self.weigh_by, "name the property to weigh by")
        check_opens_and_closes(key, self, self.closed_by)
        check_window(model, f"{key}.within", self.within)
        if self.measure == "weight" and not self.weigh_by:
            words = "a measure 'weight' needs the property to weigh by, like 'severity'; add it"
            raise ModelRuleError(f"{key}.weigh_by", words)
        if self.weights:
            check_weights(f"{key}.weights", self.weights, "text")

    def properties(self) -> Iterable[str]:
        return [self.item, *([self.weigh_by] if self.weigh_by else []), *super().properties()]

    def ends(self, topic: str, name: str) -> bool:
        return self.ends_by(self.closed_by, topic, name)

    def source_text(self) -> str:
        by = f" by {self.weigh_by}" if self.measure == "weight" else ""
        closed = ", ".join(self.closed_by)
        return f"{super().source_text()} ▸ {self.measure}{by} of {self.item} not closed by {closed}"

    def window_text(self) -> str:
        return self.within
