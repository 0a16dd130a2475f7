"""Alert cases of accounts in memory."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.notification import Notification
from alerts.step import AlertStep


class InMemoryCases:
    """`CaseReads` of these records, the oldest first."""

    def __init__(self, steps: Sequence[AlertStep], transitions: Sequence[Notification] = ()) -> None:
        self._steps = tuple(steps)
        self._transitions = tuple(transitions)

    async def steps(self, account_id: str, /) -> tuple[AlertStep, ...]:
        """See `CaseReads.steps`."""
        return tuple(step for step in self._steps if step.account_id == account_id)

    async def case(self, case_id: str, /) -> tuple[AlertStep, ...]:
        """See `CaseReads.case`."""
        return tuple(step for step in self._steps if step.case_id == case_id)

    async def open_cases(self) -> tuple[AlertStep, ...]:
        """See `CaseReads.open_cases`."""
        latest = {step.case_id: step for step in self._steps if step.case_id and step.status is not None}
        return tuple(step for step in latest.values() if step.status not in ("resolved", "retracted"))

    async def latest_decisions(self, limit: int, before: str = "") -> tuple[AlertStep, ...]:
        """See `CaseReads.latest_decisions`."""
        newest = sorted(self._steps, key=lambda step: -step.as_of_ms)
        ids = [step.id for step in newest]
        first = ids.index(before) + 1 if before else 0
        return tuple(newest[first : first + limit])

    async def transitions(self, account_id: str, /) -> tuple[Notification, ...]:
        """See `CaseReads.transitions`."""
        return tuple(each for each in self._transitions if each.account_id == account_id)
