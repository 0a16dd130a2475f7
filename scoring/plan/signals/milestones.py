"""Milestones: how many were ever reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from scoring.instants import FAR, parse_duration
from scoring.model import schema
from scoring.model.event_names import an_example
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.signals.base import AGE, TIME, Change, Signal, Source, age_ms
from scoring.result import Detail
from scoring.state.account import Account

REACHED, AHEAD, DUE = 0, 1, 2
"""The states of a milestone."""


class MilestonesSignal(Signal):
    """How many milestones were ever reached. `steps` are (slot, name, weight, due in ms; 0 for always)."""

    def __init__(
        self, label: str, steps: tuple[tuple[int, str, float, int], ...], of: schema.Reached, resolution_ms: int
    ) -> None:
        self.label = label
        self.steps = steps
        self.of = of
        self.resolution_ms = resolution_ms

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Reached) -> MilestonesSignal:
        """The signal of a table."""
        steps = tuple(
            (_first_slot(layout, step), step.name, step.weight, parse_duration(step.due) if step.due else 0)
            for step in of.steps
        )
        layout.age_marks_ms.update(due_ms for _, _, _, due_ms in steps if due_ms)
        return MilestonesSignal(of.label or name, steps, of, layout.resolution_ms)

    def number(self, account: Account) -> float | None:
        return sum(account.first_at[slot] < FAR for slot, _, _, _ in self.steps)

    def judge(self, account: Account) -> float | None:
        """100 × the weight reached / the weight of milestones that are reached or due."""
        reached = due = 0.0
        age = age_ms(account, self.resolution_ms)
        for slot, _, weight, due_ms in self.steps:
            if account.first_at[slot] < FAR:
                reached += weight
                due += weight
            elif age >= due_ms:
                due += weight
        return 100.0 * reached / due if due else None

    def behind(self, account: Account) -> tuple[int, ...]:
        """Whether each is `REACHED`, `AHEAD` or `DUE`."""
        age, first_at = age_ms(account, self.resolution_ms), account.first_at
        return tuple(
            [REACHED if first_at[slot] < FAR else DUE if age >= due else AHEAD for slot, _, _, due in self.steps]
        )

    def detail(self, behind: Sequence[int]) -> Detail | None:
        """Which milestones are due and not reached; None when none is."""
        missing = [name for (_, name, _, _), state in zip(self.steps, behind, strict=True) if state == DUE]
        return {"due": missing} if missing else None

    def text(self, facts: Facts) -> str:
        due = facts.detail(self.name).get("due")
        done = f"{facts.number(self.name) or 0} of {len(self.steps)} {self.label}"
        return f"{done}; due and not done: {', '.join(due)}" if isinstance(due, list) else done

    def sources(self) -> tuple[Source, ...]:
        return (*(("first", slot) for slot, _, _, _ in self.steps), AGE, TIME)

    def is_settled(self, account: Account) -> bool:
        return self.number(account) == len(self.steps)

    def changes(
        self, number: float | None, behind: Sequence[int], aims: Sequence[tuple[float, float]]
    ) -> Iterable[Change]:
        return [
            Change(topic=step.topics[0], event=an_example(step.events), where=step.where, label=f"{step.name} reached")
            for step, state in zip(self.of.steps, behind, strict=True)
            if state != REACHED
        ]


def _first_slot(layout: Layout, of: schema.Step) -> int:
    test = layout.extractors.test(of.where)
    key = f"first {sorted(of.topics)} {sorted(of.events)} {msgspec.json.encode(of.where).decode()}"
    return layout.first_slot(key, of.takes, lambda topic, event: test)
