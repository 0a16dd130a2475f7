"""Milestones: steps that an account reaches once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

import msgspec

from scoring.model.event_names import names
from scoring.model.rule_checks import ModelRuleError, check_duration, check_not_empty, check_weight, numbered
from scoring.model.schema.ranges import Range
from scoring.model.schema.rules import Where, where_text
from scoring.model.schema.signals.base import Entries, Renaming, SignalBase, SignalContext
from scoring.model.schema.signals.filtered import check_takes_something, check_topics, with_properties


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One milestone, reached with the first event that fits. `due` is the account age by which it should be reached."""

    name: str
    events: tuple[str, ...]
    topics: tuple[str, ...] = ("analytics",)
    where: tuple[Where, ...] = ()
    due: str = ""
    weight: float = 1.0

    def takes(self, topic: str, name: str) -> bool:
        """Whether an event called `name` on `topic` reaches it, apart from its properties."""
        return topic in self.topics and name in names(self.events)

    def check(self, key: str) -> None:
        """Check its keys; that its name is unique is checked elsewhere.

        Raises:
            ModelRuleError: when one breaks a rule.
        """
        check_takes_something(f"{key}.events", self.events, f"name the event with which {self.name!r} is reached")
        check_topics(key, self.topics)
        for where_key, where in numbered(f"{key}.where", self.where):
            where.check(where_key)
        if self.due:
            check_duration(f"{key}.due", self.due)
        check_weight(f"{key}.weight", self.weight)

    def text(self) -> str:
        """«set up (analytics: setup_completed, due in 7d)»"""
        due = f", due in {self.due}" if self.due else ""
        return f"{self.name} ({', '.join(self.topics)}: {', '.join(self.events)}{where_text(self.where)}{due})"


class Reached(SignalBase, frozen=True, kw_only=True, tag="milestones"):
    """The number of `steps` ever reached."""

    steps: tuple[Step, ...]

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(upper=float(len(self.steps)))

    def check(self, model: SignalContext, key: str) -> None:
        words = "give at least one step, like { name = 'first login', events = ['login'] }"
        check_not_empty(f"{key}.steps", self.steps, words)
        seen: set[str] = set()
        for each_key, step in numbered(f"{key}.steps", self.steps):
            check_not_empty(f"{each_key}.name", step.name, "a step needs a name; write one")
            if step.name in seen:
                words = f"two steps are called {step.name!r}; give one of them another name"
                raise ModelRuleError(f"{each_key}.name", words)
            seen.add(step.name)
            step.check(each_key)
        if not any(step.weight for step in self.steps):
            words = "every weight is 0, so nothing counts; give at least one step a weight above 0"
            raise ModelRuleError(f"{key}.steps", words)

    def properties(self) -> Iterable[str]:
        return [where.property for step in self.steps for where in step.where]

    def with_properties(self, renamed: Renaming) -> Self:
        steps = tuple(
            msgspec.structs.replace(step, where=with_properties(step.where, renamed, f"{key}.where"))
            for key, step in numbered("steps", self.steps)
        )
        return self if steps == self.steps else msgspec.structs.replace(self, steps=steps)

    def event_lists(self) -> dict[str, Entries]:
        return {f"steps[{number}].events": step.events for number, step in enumerate(self.steps)}

    def with_event_lists(self, lists: Mapping[str, Entries]) -> Self:
        steps = tuple(
            msgspec.structs.replace(step, events=entries)
            for step, entries in zip(self.steps, lists.values(), strict=True)
        )
        return self if steps == self.steps else msgspec.structs.replace(self, steps=steps)

    def source_text(self) -> str:
        return "; ".join(step.text() for step in self.steps)
