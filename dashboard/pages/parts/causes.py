"""«What moved the index»: causes with points that add up. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.cause_bars import cause_bar
from dashboard.pages.parts.adding_up import adding_up
from dashboard.values.portfolio import CauseShare

UNEXPLAINED = 0.05
"""Points of the index's change that have no cause are a line of their own from here on."""
REST = "Accounts that came or went"


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseLine:
    """A line of the table: `points` with one decimal; all lines add up to the change."""

    cause: str
    accounts: int | None
    points: float
    bar: Markup


def cause_lines(causes: Sequence[CauseShare], change: float | None) -> tuple[CauseLine, ...]:
    """The causes, and a last line for what has none."""
    listed: list[tuple[str, int | None]] = [(each.cause, each.accounts) for each in causes]
    points = [each.points for each in causes]
    rest = 0.0 if change is None else change - sum(points)
    if causes and abs(rest) >= UNEXPLAINED:
        listed.append((REST, None))
        points.append(rest)
    shown = adding_up(points, sum(points) if change is None else change)
    largest = max((abs(each) for each in shown), default=0.0)
    return tuple(
        CauseLine(cause=cause, accounts=accounts, points=point, bar=cause_bar(point, largest))
        for (cause, accounts), point in zip(listed, shown, strict=True)
    )
