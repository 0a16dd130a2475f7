"""Sources of answers that have nothing: of a dashboard without them, and of tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts.notification import Notification
from alerts.step import AlertStep
from streams.read_model.account_values import Activity


class NoActivity:
    """`ActivityReads` of accounts that did nothing."""

    async def activities(self, _: Sequence[str], /) -> Mapping[str, Activity]:
        """Nothing."""
        return {}


class NoCases:
    """`CaseReads` of accounts without cases."""

    async def steps(self, _: str, /) -> tuple[AlertStep, ...]:
        """None."""
        return ()

    async def case(self, _: str, /) -> tuple[AlertStep, ...]:
        """None."""
        return ()

    async def open_cases(self) -> tuple[AlertStep, ...]:
        """None."""
        return ()

    async def latest_decisions(self, limit: int, before: str = "") -> tuple[AlertStep, ...]:
        """None."""
        return ()

    async def transitions(self, _: str, /) -> tuple[Notification, ...]:
        """None."""
        return ()
