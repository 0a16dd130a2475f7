"""Sources: kinds of news that somebody has to send before their absence says anything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from scoring.model.rule_checks import check_property_name
from scoring.model.schema.rules import Where
from scoring.model.schema.signals.base import SignalContext
from scoring.model.schema.signals.filtered import Filtered

SOURCE = "source:"
"""The entry of a source in a cohort norm is called this and its name: 1 when any account ever sent it, else 0."""


class Source(Filtered, frozen=True, kw_only=True, tag="source"):
    """Events of which some must have been sent, by any account, or components with this `source` have no evidence.

    With `property`, only events that have that property, with any value except null.
    """

    PROPERTIES: ClassVar[tuple[str, ...]] = ("property",)

    property: str = ""

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        if self.property:
            check_property_name(f"{key}.property", self.property, "name the property, or leave it out")

    def wheres(self) -> tuple[Where, ...]:
        """All conditions on properties: those of `where`, and that the property exists."""
        return (*self.where, Where(property=self.property, exists=True)) if self.property else self.where

    def source_text(self) -> str:
        having = f", with {self.property}" if self.property else ""
        return f"{super().source_text()}{having}"

    def properties(self) -> Iterable[str]:
        return [where.property for where in self.wheres()]
