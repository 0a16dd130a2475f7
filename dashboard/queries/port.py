"""All that pages, API and `vitals mcp` may ask. One implementation: `dashboard.queries.service`."""

from __future__ import annotations

from typing import Literal, Protocol

from dashboard.values.account import AccountView, CaseView, TimelineEntry, Trajectory
from dashboard.values.account_what_if import AccountWhatIf, AccountWhatIfRequest
from dashboard.values.alerts import AlertsView, Decision, RulePreview
from dashboard.values.book_state import BookState
from dashboard.values.listing import Column, Listing, ListRequest, Row
from dashboard.values.model import ModelView, WhatIfRequest, WhatIfView
from dashboard.values.portfolio import GroupHealth, GroupWeek, PortfolioView
from dashboard.values.sources import SourcesView
from dashboard.values.team import ActionsView, TeamView

GroupBy = Literal["segment", "industry", "owner", "plan"]
TotalsBy = Literal["tier", "segment", "industry", "owner", "plan"]
HISTORY_WEEKS = (4, 8, 12, 52)


class UnknownAccount(Exception):
    """No such account, or it was forgotten."""


class BadRequest(Exception):
    """A filter, a sort, a cursor or a span that cannot be used. The text says what to ask instead."""


class Queries(Protocol):
    """Every method raises `ReadModelUnavailable` when Redis is needed and does not answer, and `BadRequest`."""

    def columns(self) -> tuple[Column, ...]:
        """All columns, custom ones last."""
        ...

    def book_state(self) -> BookState:
        """How the book is; from memory, so that it may be asked for every page."""
        ...

    async def accounts(self, request: ListRequest, /) -> Listing:
        """A page of the list."""
        ...

    async def rows(self, account_ids: tuple[str, ...], /) -> tuple[Row, ...]:
        """The rows of these accounts as they are now; unknown ones are left out."""
        ...

    async def account(self, account_id: str, /) -> AccountView:
        """One account. Raises `UnknownAccount`."""
        ...

    async def trajectory(self, account_id: str, weeks: int, /) -> Trajectory:
        """The closes of 4, 8, 12 or 52 weeks, pins, and what silence brings. Raises `UnknownAccount`."""
        ...

    async def timeline(self, account_id: str, weeks: int, /) -> tuple[TimelineEntry, ...]:
        """What happened and what aged out, the newest first. Raises `UnknownAccount`."""
        ...

    async def portfolio(self, since_days: int, filters: ListRequest, /) -> PortfolioView:
        """The book, or the part of it that the filters keep."""
        ...

    async def groups(self, by: GroupBy, filters: ListRequest, /) -> tuple[GroupHealth, ...]:
        """Health by segment, industry, owner or plan, the worst first."""
        ...

    async def totals(self, by: TotalsBy, weeks: int, filters: ListRequest, /) -> tuple[GroupWeek, ...]:
        """Totals by group at the end of each of 4, 8, 12 or 52 weeks and now, the oldest first."""
        ...

    async def actions(self, owner: str, /) -> ActionsView:
        """The queue; of one owner, or "" for all."""
        ...

    async def case(self, case_id: str, /) -> CaseView | None:
        """One case with its steps; None when it is unknown."""
        ...

    async def alerts(self) -> AlertsView:
        """Open cases, the latest decisions, and the rules."""
        ...

    async def decisions(self, account_id: str, /) -> tuple[Decision, ...]:
        """The account's latest decisions, the newest first."""
        ...

    async def preview(self, rules: str, /) -> RulePreview:
        """What a rule file (its text) would open now."""
        ...

    async def team(self, days: int, /) -> TeamView:
        """KPIs and owners, with outcomes of that many days."""
        ...

    async def model(self) -> ModelView:
        """The live model and its shadows."""
        ...

    async def what_if(self, request: WhatIfRequest, /) -> WhatIfView:
        """The book under other weights. Raises `BadRequest` for unknown components and a sum of 0."""
        ...

    async def account_what_if(self, account_id: str, request: AccountWhatIfRequest, /) -> AccountWhatIf:
        """One account under other facts or weights. Raises `UnknownAccount`, and `BadRequest` for what cannot be
        changed."""
        ...

    async def model_toml(self, request: WhatIfRequest, /) -> str:
        """The model's file with these weights and bounds, as TOML."""
        ...

    async def sources(self) -> SourcesView:
        """Freshness, lag, dead letters, unattributed ids."""
        ...
