"""`Queries` of a list and an account, answered with samples; and a client of these pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

from fastapi import FastAPI
from fastapi.testclient import TestClient

from dashboard.doors.identity import LOCAL_PERSON, Person, person
from dashboard.pages import account, accounts, more, stylesheet
from dashboard.queries.port import BadRequest, UnknownAccount
from dashboard.values.account import AccountView, TimelineEntry, Trajectory
from dashboard.values.alerts import AlertsView
from dashboard.values.dashboard_file import DashboardFile
from dashboard.values.listing import Column, Listing, ListRequest, Row, Total
from dashboard.values.model import ModelView
from dashboard.values.sources import SourcesView
from dashboard.values.team import ActionsView
from streams.workspace.records import View
from streams.workspace.table import WorkspaceTable
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

    def __init__(self, rows: Sequence[Row] = (), *, cursor: str = "", book: int = 148, is_whole: bool = True) -> None:
        self.shown, self.cursor, self.book, self.is_whole = tuple(rows), cursor, book, is_whole
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

    async def model(self) -> ModelView:
        return machinery.model()

    async def sources(self) -> SourcesView:
        return machinery.sources()


def _total(name: str, rows: Sequence[Row]) -> Total:
    mrr, at_risk = sum(row.mrr or 0.0 for row in rows), sum(row.at_risk or 0.0 for row in rows)
    return Total(name=name, accounts=len(rows), mrr=mrr, at_risk=at_risk)


def client(queries: ListQueries, *, reader: Person = LOCAL_PERSON, views: Sequence[View] = ()) -> TestClient:
    """A browser without script before the pages of accounts."""
    app = FastAPI()
    table = WorkspaceTable()
    for place, view in enumerate(views):
        table.put_ahead(f"view\0{view.id}", view, (0, place))
    app.state.queries = queries
    app.state.file = DashboardFile()
    app.state.workspace = SimpleNamespace(table=table)
    app.dependency_overrides[person] = lambda: reader
    for module in (accounts, account, more, stylesheet):
        app.include_router(module.router)
    return TestClient(app, follow_redirects=False)
