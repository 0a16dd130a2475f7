"""The portfolio page: what changed in the book, why, and where to look first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query
from markupsafe import Markup
from starlette.responses import HTMLResponse

from dashboard.charts.bubbles import bubbles
from dashboard.charts.guide_chart import guide_chart
from dashboard.charts.health_dots import dot_scale, health_dot, window
from dashboard.charts.index_lines import index_lines
from dashboard.charts.sparkline import sparkline
from dashboard.charts.tier_days import tier_days
from dashboard.pages.frame import Frame, Framed, with_tiers
from dashboard.pages.parts.addresses import (
    Choice,
    Menu,
    accounts_address,
    equal_filters,
    with_query,
)
from dashboard.pages.parts.causes import cause_lines
from dashboard.pages.parts.empty import Nothing, empty_book, no_match
from dashboard.pages.parts.sentences import lead_of
from dashboard.pages.parts.tier_of import tier_of
from dashboard.queries.asked import Asked
from dashboard.values.listing import ListRequest
from dashboard.values.portfolio import GroupHealth, IndexDay, PortfolioView
from dashboard.wording.keys import account_path
from dashboard.wording.look import Look

CHANGES_SHOWN = 8
WIDE, NARROW = 420, 84
"""How wide the line of a group is, in pixels."""
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address of the page says. `part` are the owner and the segment whose accounts it is of, "" for all."""

    since: Literal["1", "7"] = "7"
    owner: str = ""
    segment: str = ""
    changes: str = ""

    @property
    def part(self) -> list[tuple[str, str]]:
        """The fields that are filtered by, with their values."""
        return [(field, value) for field, value in (("owner", self.owner), ("segment", self.segment)) if value]

    def address(self, **other: str) -> str:
        """The same page with something else chosen."""
        there = replace(self, **other)  # type: ignore[arg-type]
        since = "" if there.since == "7" else there.since
        return with_query(
            "/", [("since", since), ("owner", there.owner), ("segment", there.segment), ("changes", there.changes)]
        )


@dataclass(frozen=True, slots=True)
class Dots:
    """The lines of a table of groups."""

    look: Look
    bounds: tuple[float, ...]
    width: int
    span: tuple[float, float]

    @property
    def scale(self) -> Markup:
        return dot_scale(self.bounds, self.width, self.span)

    def line(self, group: GroupHealth) -> Markup:
        return health_dot(
            group.score,
            group.before,
            self.look.tone(tier_of(self.look.tiers, group.score)),
            self.bounds,
            self.width,
            self.span,
        )


@router.get("/")
async def portfolio(
    framed: Framed,
    asked: Asked,
    since: Annotated[Literal["1", "7"], Query()] = "7",
    owner: Annotated[str, Query(max_length=300)] = "",
    segment: Annotated[str, Query(max_length=300)] = "",
    changes: Annotated[Literal["", "all"], Query()] = "",
) -> HTMLResponse:
    """The page of the whole book, or of an owner's or a segment's accounts."""
    chosen = Chosen(since, owner, segment, changes)
    filters = ListRequest(filters=equal_filters(owner=owner, segment=segment))
    view = await asked.portfolio(int(since), filters)
    teams = await asked.groups("owner", ListRequest()), await asked.groups("segment", ListRequest())
    framed = with_tiers(framed, view.bounds)
    return framed.page(
        "portfolio.html",
        page="portfolio",
        title="Portfolio",
        as_of_ms=view.as_of_ms,
        **portfolio_values(framed, view, chosen, *teams),
    )


def portfolio_values(
    framed: Frame,
    view: PortfolioView,
    chosen: Chosen,
    owners: Sequence[GroupHealth] = (),
    segments: Sequence[GroupHealth] = (),
) -> dict[str, Any]:
    """All that `portfolio.html` reads beside the frame."""
    look = framed.look
    whole = chosen.changes == "all"
    inner = look.bounds if view.bounds else ()
    mrrs = [each.mrr for each in view.bubbles]
    span = span_of(view, inner)
    return {
        "view": view,
        "lead": lead_of(view.sentence),
        "menus": _menus(chosen, owners, segments),
        "share": _share(chosen),
        "accounts": accounts_address,
        "account": account_path,
        "change": signed_count,
        "span": "since yesterday" if view.since_days == 1 else f"in {view.since_days} days",
        "scored": sum(each.now.accounts for each in view.tiers),
        "unscored": [each for each in view.unscored if each.accounts],
        "changes": view.changes if whole else view.changes[:CHANGES_SHOWN],
        "more_changes": not whole and len(view.changes) > CHANGES_SHOWN,
        "all_changes": chosen.address(changes="all"),
        "causes": cause_lines(view.causes, view.index_change),
        "smallest": min(mrrs, default=0.0),
        "verdict": lead_of(view.guide.words),
        "try_it": "/model#what-if",
        "best": look.tiers[-1][0],
        "best_bound": look.bounds[-1] if inner else None,
        "has_index": sum(each.by_account is not None for each in view.days) > 1,
        "has_days": sum(any(each.accounts.values()) for each in view.days) > 1,
        "tier_names": [name for name, _ in view.bounds],
        "weeks": weekly(view.days),
        "days": _tier_days(look, view),
        "dots_from": look.number(span[0], 0),
        "dots_to": look.number(span[1], 0),
        "bottom_list": accounts_address(sort="score", group="", limit="5"),
        "dots": Dots(look, inner, WIDE, span),
        "small_dots": Dots(look, inner, NARROW, span),
        "bubbles": bubbles(look, view.bubbles),
        "guide": guide_chart(look, view.guide),
        "index_lines": index_lines(look, view.days),
        "sparklines": [sparkline(look, row.sparkline, row.score, row.tier) for row in view.bottom],
        "nothing": _nothing(view, chosen, framed.filling == ""),
    }


def span_of(view: PortfolioView, bounds: Sequence[float]) -> tuple[float, float]:
    """The scores that the lines of the groups show: one span for all tables of the page."""
    groups = (*view.by_industry, *view.by_owner, *view.by_segment, *view.by_plan)
    return window([*(score for each in groups for score in (each.score, each.before) if score is not None), *bounds])


def _nothing(view: PortfolioView, chosen: Chosen, is_whole: bool) -> Nothing | None:
    if view.book.accounts:
        return None
    filters = [(field, value, chosen.address(**{field: ""})) for field, value in chosen.part]
    return no_match(filters, chosen.address(owner="", segment="")) if filters else empty_book(is_whole)


def _share(chosen: Chosen) -> str:
    """Where a link to what is shown is made: with the same filters."""
    filters = [f"filter={quote(f'{field}:is:{value}', safe=':')}" for field, value in chosen.part]
    return with_query("/shares", [("place", "portfolio"), ("query", "&".join(filters))])


def signed_count(change: int | None) -> str:
    """A change of a number of accounts.

    >>> signed_count(2), signed_count(-6), signed_count(0), signed_count(None)
    ('+2', '−6', '0', '–')
    """
    if change is None:
        return "–"
    return f"+{change:,}" if change > 0 else f"{change:,}".replace("-", "−")


def weekly(days: Sequence[IndexDay]) -> tuple[IndexDay, ...]:
    """Each seventh day back from the last, the oldest first."""
    return tuple(reversed(days[::-1][::7]))


def _tier_days(look: Look, view: PortfolioView) -> Markup:
    names = [name for name, _ in view.bounds]
    days = [(look.iso_day(each.day), each.accounts) for each in view.days]
    if not days or not names:
        return Markup()
    first, last = view.days[0].accounts, view.days[-1].accounts
    finding = ", ".join(f"{name} {first.get(name, 0)} ▸ {last.get(name, 0)}" for name in names)
    ends: Mapping[str, str] = {name: f"{last.get(name, 0):,} {name}" for name in names}
    return tier_days(
        "Accounts by tier of twelve weeks",
        f"From {days[0][0]} to {days[-1][0]}: {finding}.",
        days,
        [(name, look.tone(name)) for name in names],
        ends,
    )


def _menus(chosen: Chosen, owners: Sequence[GroupHealth], segments: Sequence[GroupHealth]) -> tuple[Menu, ...]:
    since = tuple(
        Choice(label=label, href=chosen.address(since=days, changes=""), is_chosen=chosen.since == days)
        for days, label in (("1", "yesterday"), ("7", "a week ago"))
    )
    teams = [
        Choice(label="all", href=chosen.address(owner="", segment=""), is_chosen=not chosen.owner + chosen.segment)
    ]
    for head, field, groups in (("Owner", "owner", owners), ("Segment", "segment", segments)):
        named = sorted(each.name for each in groups if each.name)
        if named:
            teams.append(Choice(head=head))
        teams.extend(
            Choice(
                label=name,
                href=chosen.address(**{"owner": "", "segment": "", field: name}),
                is_chosen=getattr(chosen, field) == name,
            )
            for name in named
        )
    return (
        Menu(label="Since", chosen=next(each.label for each in since if each.is_chosen), choices=since),
        Menu(label="Team", chosen=chosen.owner or chosen.segment or "all", choices=tuple(teams)),
    )
