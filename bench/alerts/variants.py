"""The rules that are compared: those that are shipped, and the same without what makes them few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from alerts.lifecycle.schema import AlertRules, TierRule


class Variant(NamedTuple):
    """One row of the table: a name, and the tier rule's margin and dwells; None leaves the shipped one."""

    name: str
    margin: float | None = None
    dwell: str | None = None
    exit_dwell: str | None = None
    tier_only: bool = True

    def of(self, rules: AlertRules) -> AlertRules:
        """The rules so changed."""
        changed = {
            name: self._tier(rule) if isinstance(rule, TierRule) else rule
            for name, rule in rules.rules.items()
            if isinstance(rule, TierRule) or not self.tier_only
        }
        return msgspec.structs.replace(rules, rules=changed)

    def _tier(self, rule: TierRule) -> TierRule:
        given = {"margin": self.margin, "dwell": self.dwell, "exit_dwell": self.exit_dwell}
        return msgspec.structs.replace(rule, **{key: value for key, value in given.items() if value is not None})


NEITHER = Variant("tier rule, neither", 0.0, "", "")
SHOWN: Sequence[Variant] = (
    NEITHER,
    Variant("tier rule, hysteresis", None, "", ""),
    Variant("tier rule, dwell", 0.0),
    Variant("tier rule as shipped"),
    Variant("all rules as shipped", tier_only=False),
)
SWEEP: Sequence[Variant] = tuple(
    Variant(f"margin {margin:g}, dwell {dwell or 'none'}", margin, dwell, dwell)
    for margin in (0.0, 3.0, 5.0, 8.0)
    for dwell in ("", "3h", "6h", "12h", "1d", "3d", "7d")
)
"""To choose the defaults by: the more both are, the fewer messages, and the later."""
