"""All that the template of an account reads, worked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup

from dashboard.charts import trajectory as drawn
from dashboard.charts.radar import LEAST, radar
from dashboard.charts.waterfall import axis, waterfall
from dashboard.charts.week_bars import week_bars
from dashboard.pages.one import days
from dashboard.pages.one.place import Place
from dashboard.pages.parts.case_words import cause_words
from dashboard.queries.port import HISTORY_WEEKS
from dashboard.values.account import (
    SENTIMENTS,
    AccountView,
    Axis,
    ContributionRow,
    FeatureUse,
    TimelineEntry,
    Trajectory,
)
from dashboard.wording.keys import account_path
from dashboard.wording.look import Look

WEEKS: Final = 8
_SIZES: Final = (drawn.WIDEST, drawn.WIDE, drawn.MIDDLE, drawn.NARROW)
_ENDED: Final = ("resolved", "retracted")
_WEEKLY_FROM: Final = 13
"""Weeks from which on the table of closes has one line a week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the address of the page says beside the account."""

    weeks: int = WEEKS
    events: str = "all"
    came_from: str = ""
    is_print: bool = False

    def href(self, account_id: str, **other: Any) -> str:
        """The same page with something else chosen."""
        chosen: dict[str, Any] = {**asdict(self), **other}
        pairs = [
            ("weeks", chosen["weeks"] if chosen["weeks"] != WEEKS else ""),
            ("events", chosen["events"] if chosen["events"] != "all" else ""),
            ("print", "1" if chosen["is_print"] else ""),
            ("from", chosen["came_from"]),
        ]
        query = urlencode([(name, value) for name, value in pairs if value])
        return account_path(account_id) + (f"?{query}" if query else "")


def page_values(
    look: Look,
    view: AccountView,
    trajectory: Trajectory,
    entries: Sequence[TimelineEntry],
    place: Place | None,
    chosen: Chosen,
) -> dict[str, Any]:
    """What `account.html` reads beside the context of `base.html`."""
    row = view.row
    kept = days.kept(entries, "moved" if chosen.is_print else chosen.events)
    first = len(kept) if chosen.is_print else days.FIRST
    open_cases = [case for case in view.cases if case.brief.status not in _ENDED]
    return {
        "title": row.name,
        "as_of_ms": row.as_of_ms,
        "row": row,
        "view": view,
        "place": place,
        "chosen": chosen,
        "href": lambda **other: chosen.href(row.account_id, **other),
        "weeks": HISTORY_WEEKS,
        "kinds": days.KINDS,
        "drawings": drawings(look, trajectory, row.name),
        "trajectory": trajectory,
        "trajectory_data": trajectory_data(trajectory),
        "closes": closes_of(trajectory),
        "places": look.places(row.score),
        "waterfall": waterfall_rows(look, view),
        "axis": axis(look),
        "silent": [row for row in view.contributions if is_silent(row)],
        "total_change": total_change(view.contributions),
        "gap_words": gap_words(look, row.score),
        "timeline": days.by_day(look, kept[:first]),
        "earlier": days.by_day(look, kept[first:]),
        "earlier_entries": len(kept[first:]),
        "features": feature_rows(view.features),
        "radar": radar(look, shape_of(view.radar)),
        "open_cases": open_cases,
        "cause": cause_words,
        "ended_cases": len(view.cases) - len(open_cases),
        "sentiments": SENTIMENTS,
        "account_href": account_path(row.account_id),
        "share_href": share_href(row.account_id),
    }


def share_href(account_id: str) -> str:
    """Where a share link of this account alone is made."""
    only = urlencode([("filter", f"account_id:is:{account_id}")])
    return f"/shares?{urlencode([('place', 'accounts'), ('query', only)])}"


def drawings(look: Look, trajectory: Trajectory, name: str) -> tuple[Markup, ...]:
    """The trajectory for each width; the style sheet shows the widest that fits."""
    return tuple(drawn.trajectory_chart(look, trajectory, name, size, f"trajectory-{size.width:g}") for size in _SIZES)


def trajectory_data(trajectory: Trajectory) -> dict[str, Any]:
    """The trajectory for the script that draws a finer one."""
    made = asdict(trajectory)
    made["days"] = [
        {"day": day.day, "score": None if day.score is None else round(day.score, 2), "tier": day.tier}
        for day in trajectory.days
    ]
    return made


def closes_of(trajectory: Trajectory) -> list[tuple[str, float | None, str]]:
    """The table beside the drawing, the newest first: by day, by week where there are many."""
    closes = [(day.day, day.score, day.tier) for day in reversed(trajectory.days)]
    return closes[::7] if trajectory.weeks >= _WEEKLY_FROM else closes


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The bars beside the rows of the table; `rows` are (row, bar)."""

    possible: Markup
    rows: tuple[tuple[ContributionRow, Markup], ...]
    score: Markup


def waterfall_rows(look: Look, view: AccountView) -> Waterfall | None:
    """None without a score."""
    if view.row.score is None or not view.contributions:
        return None
    rows = [row for row in view.contributions if not is_silent(row)]
    bars = waterfall(look, [row.lost for row in rows], view.row.score, view.row.tier)
    return Waterfall(bars.possible, tuple(zip(rows, bars.rows, strict=True)), bars.score)


def is_silent(row: ContributionRow) -> bool:
    """Whether it neither earns nor costs anything, nor did a week ago: the table's sums do not need it."""
    return not round(row.possible, 2) and not round(row.lost, 2) and not round(row.change_7d or 0.0, 2)


def shape_of(axes: Sequence[Axis]) -> list[Axis]:
    """The axes of the radar: those with a judgement, all of them where too few have one."""
    known = [axis for axis in axes if axis.value is not None]
    return known if len(known) >= LEAST else list(axes)


def total_change(rows: Sequence[ContributionRow]) -> float | None:
    """The sum of the column «7 days», None where a row has none."""
    changes = [row.change_7d for row in rows]
    return None if None in changes or not changes else sum(change or 0.0 for change in changes)


def gap_words(look: Look, score: float | None) -> str:
    """How far the score is from the tiers beside its own: «17.1 below green, 12.9 above red».

    >>> gap_words(Look(now_ms=0), 57.9), gap_words(Look(now_ms=0), 80.0)
    ('17.1 below green, 12.9 above red', '5.0 above yellow')
    """
    if score is None:
        return ""
    names = [name for name, _ in look.tiers]
    bounds = [bound for _, bound in look.tiers]
    at = names.index(look.tier_of(score))
    words = []
    if at + 1 < len(names):
        words.append(f"{look.points(bounds[at + 1] - score, look.places(score))} below {names[at + 1]}")
    if at:
        words.append(f"{look.points(score - bounds[at], look.places(score))} above {names[at - 1]}")
    return ", ".join(words)


def feature_rows(features: Sequence[FeatureUse]) -> list[Mapping[str, Any]]:
    """Features with their bars on one scale, and the change from the first whole week to the last as a share."""
    most = max((count for each in features for count in each.weeks), default=0)
    return [
        {
            "use": each,
            "bars": week_bars(each.weeks, most),
            "change": (each.now - each.before) / each.before if each.before else None,
        }
        for each in features
    ]
