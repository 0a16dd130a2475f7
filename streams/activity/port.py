"""What can be read of the copies of activity and cases. The ports; `streams.activity.reads` has them in Redis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from alerts.notification import Notification
from alerts.step import AlertStep
from streams.read_model.account_values import Activity


class ActivityReads(Protocol):
    """The activity of accounts. May block on the network for seconds; raises `ReadModelUnavailable`."""

    async def activities(self, account_ids: Sequence[str], /) -> Mapping[str, Activity]:
        """The activity of these accounts, by account; those without any are left out."""
        ...


class CaseReads(Protocol):
    """The alert cases of accounts. Every method may block on the network for seconds, and raises
    `ReadModelUnavailable`."""

    async def steps(self, account_id: str, /) -> tuple[AlertStep, ...]:
        """The account's latest steps and decisions, the oldest first: at most 60, or what its open cases need."""
        ...

    async def case(self, case_id: str, /) -> tuple[AlertStep, ...]:
        """The steps and decisions that are kept of a case, the oldest first; () when it is unknown."""
        ...

    async def open_cases(self) -> tuple[AlertStep, ...]:
        """The last step of each case of any account that is not over, in no order."""
        ...

    async def latest_decisions(self, limit: int, before: str = "") -> tuple[AlertStep, ...]:
        """The latest steps and decisions of all accounts, the newest first: those after the one with the id `before`,
        which is the last of the page before. At most 2,000 are kept; () where `before` is not among them any more."""
        ...

    async def transitions(self, account_id: str, /) -> tuple[Notification, ...]:
        """The account's latest changes of tier, the oldest first, at most 40."""
        ...
