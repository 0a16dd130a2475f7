"""`Queries` of a list and an account, answered with samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from dashboard.queries.port import BadRequest, Queries, UnknownAccount
from dashboard.values.account import AccountView, TimelineEntry, Trajectory
from dashboard.values.alerts import AlertsView
from dashboard.values.book_state import BookState
from dashboard.values.listing import Column, Listing, ListRequest, Row, Total
from dashboard.values.sources import SourcesView
from dashboard.values.team import ActionsView
from tests.support.page_samples import machinery, one_account, work
from tests.support.page_samples.accounts import NOW_MS

COLUMNS = (
    Column(name="name", label="Account", kind="text", is_default=True),
    Column(name="score", label="Score", kind="score", is_default=True),
    Column(name="tier", label="Tier", kind="tier"),
    Column(name="sparkline", label="12 weeks", kind="sparkline", is_default=True, is_sortable=False),
    Column(name="change_7d", label="7 days", kind="number", is_default=True),
    Column(name="top_risk", label="What holds it down most", kind="text", is_default=True, is_sortable=False),
    Column(name="mrr", label="MRR", kind="money", is_default=True),
    Column(name="at_risk", label="At risk", kind="money", is_default=True),
    Column(name="urgency", label="Urgency", kind="number"),
    Column(name="owner", label="Owner", kind="text", is_default=True),
    Column(name="last_login_ms", label="Last login", kind="date", is_default=True),
    Column(name="csat", label="CSAT", kind="number", is_default=True),
    Column(name="renewal", label="Renewal", kind="date", is_default=True),
    Column(name="renewal_days", label="Days to renewal", kind="number"),
    Column(name="coverage", label="Coverage", kind="percent"),
    Column(name="is_provisional", label="Provisional", kind="boolean"),
    Column(name="marks", label="Marks", kind="marks", is_default=True, is_sortable=False),
    Column(name="trait.region", label="Region", kind="text"),
)
NAMES = frozenset(column.name for column in COLUMNS)


class ListQueries:
    """Answers with these rows whatever is asked, but for unknown columns. `asked` keeps the requests."""

    def __init__(
        self, rows: Sequence[Row] = (), *, cursor: str = "", book: int = 148, is_whole: bool = True, trouble: str = ""
    ) -> None:
        self.shown, self.cursor, self.book = tuple(rows), cursor, book
        self.is_whole, self.trouble = is_whole, trouble
        self.asked: list[ListRequest] = []

    def columns(self) -> tuple[Column, ...]:
        return COLUMNS

    async def accounts(self, request: ListRequest, /) -> Listing:
        self.asked.append(request)
        unknown = [each.field for each in request.filters if each.field not in NAMES]
        if unknown:
            raise BadRequest(f"There is no column {unknown[0]!r}: take one of name, score.")
        tiers = dict.fromkeys(row.tier for row in self.shown)
        return Listing(
            rows=self.shown[: request.limit],
            total=_total("", self.shown),
            book=replace(_total("", self.shown), accounts=self.book),
            groups=tuple(_total(tier, [row for row in self.shown if row.tier == tier]) for tier in tiers),
            cursor="" if request.cursor else self.cursor,
            as_of_ms=NOW_MS,
            is_whole=self.is_whole,
        )

    async def account(self, account_id: str, /) -> AccountView:
        found = next((row for row in self.shown if row.account_id == account_id), None)
        if found is None:
            raise UnknownAccount(account_id)
        return one_account.least_account_view() if found.score is None else one_account.account_view(name=found.name)

    async def trajectory(self, account_id: str, weeks: int, /) -> Trajectory:
        return one_account.trajectory(weeks)

    async def timeline(self, account_id: str, weeks: int, /) -> tuple[TimelineEntry, ...]:
        return one_account.timeline()

    async def actions(self, owner: str, /) -> ActionsView:
        return work.actions()

    async def alerts(self) -> AlertsView:
        return work.alerts()

    def book_state(self) -> BookState:
        return BookState(
            accounts=self.book, as_of_ms=NOW_MS, is_whole=self.is_whole, tiers=one_account.BOUNDS, trouble=self.trouble
        )

    async def sources(self) -> SourcesView:
        return machinery.sources()


def _total(name: str, rows: Sequence[Row]) -> Total:
    mrr, at_risk = sum(row.mrr or 0.0 for row in rows), sum(row.at_risk or 0.0 for row in rows)
    return Total(name=name, accounts=len(rows), mrr=mrr, at_risk=at_risk)


def list_queries(
    rows: Sequence[Row] = (), *, cursor: str = "", book: int = 148, is_whole: bool = True, trouble: str = ""
) -> tuple[ListQueries, Queries]:
    """The same object twice: as what it is, and as the port, of which it answers what these pages ask."""
    made = ListQueries(rows, cursor=cursor, book=book, is_whole=is_whole, trouble=trouble)
    return made, cast(Queries, made)
