"""The rules of the kinds "flag" and "condition": the model says whether they hold."""

from __future__ import annotations

from alerts.lifecycle.cases.state import RuleState
from alerts.lifecycle.kinds.base import CALM, HOLDS, CompiledRule, Look, Reading
from alerts.lifecycle.schema import ConditionRule, FlagRule


class CompiledFlag(CompiledRule[FlagRule]):
    """One of the flags holds."""

    kind = "flag"
    letter = "f"
    remembers = False

    def read(self, state: RuleState, look: Look) -> Reading | None:
        return HOLDS if self.name in look.held_rules else CALM


class CompiledCondition(CompiledRule[ConditionRule]):
    """All conditions hold."""

    kind = "condition"
    letter = "c"
    remembers = False

    def read(self, state: RuleState, look: Look) -> Reading | None:
        return HOLDS if self.name in look.held_rules else CALM
