"""The one implementation of `Queries`: each method is a call of a function in the module of its subject."""

from __future__ import annotations

from dashboard.queries import book_state, listing
from dashboard.queries.account import answered
from dashboard.queries.alerts import page as alert_page
from dashboard.queries.alerts import preview, queue
from dashboard.queries.ground import Ground
from dashboard.queries.models import view as models
from dashboard.queries.models import what_if
from dashboard.queries.port import GroupBy, TotalsBy
from dashboard.queries.portfolio import groups, over_time
from dashboard.queries.portfolio import page as portfolio
from dashboard.queries.sources import view as source_page
from dashboard.queries.team import page as team
from dashboard.values.account import AccountView, CaseView, TimelineEntry, Trajectory
from dashboard.values.account_what_if import AccountWhatIf, AccountWhatIfRequest
from dashboard.values.alerts import AlertsView, Decision, RulePreview
from dashboard.values.book_state import BookState
from dashboard.values.listing import Column, Listing, ListRequest, Row
from dashboard.values.model import ModelView, WhatIfRequest, WhatIfView
from dashboard.values.portfolio import GroupHealth, GroupWeek, PortfolioView
from dashboard.values.sources import SourcesView
from dashboard.values.team import ActionsView, TeamView


class Service:
    """See `dashboard.queries.port.Queries`."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def columns(self) -> tuple[Column, ...]:
        """See `Queries.columns`."""
        return listing.columns(self._ground)

    def book_state(self) -> BookState:
        """See `Queries.book_state`."""
        return book_state.book_state(self._ground)

    async def accounts(self, request: ListRequest, /) -> Listing:
        """See `Queries.accounts`."""
        return await listing.accounts(self._ground, request)

    async def rows(self, account_ids: tuple[str, ...], /) -> tuple[Row, ...]:
        """See `Queries.rows`."""
        return await listing.rows(self._ground, account_ids)

    async def account(self, account_id: str, /) -> AccountView:
        """See `Queries.account`."""
        return await answered.account(self._ground, account_id)

    async def trajectory(self, account_id: str, weeks: int, /) -> Trajectory:
        """See `Queries.trajectory`."""
        return await answered.trajectory(self._ground, account_id, weeks)

    async def timeline(self, account_id: str, weeks: int, /) -> tuple[TimelineEntry, ...]:
        """See `Queries.timeline`."""
        return await answered.timeline(self._ground, account_id, weeks)

    async def portfolio(self, since_days: int, filters: ListRequest, /) -> PortfolioView:
        """See `Queries.portfolio`."""
        return await portfolio.portfolio(self._ground, since_days, filters)

    async def groups(self, by: GroupBy, filters: ListRequest, /) -> tuple[GroupHealth, ...]:
        """See `Queries.groups`."""
        return await groups.groups(self._ground, by, filters)

    async def totals(self, by: TotalsBy, weeks: int, filters: ListRequest, /) -> tuple[GroupWeek, ...]:
        """See `Queries.totals`."""
        return await over_time.totals(self._ground, by, weeks, filters)

    async def actions(self, owner: str, /) -> ActionsView:
        """See `Queries.actions`."""
        return await queue.actions(self._ground, owner)

    async def case(self, case_id: str, /) -> CaseView | None:
        """See `Queries.case`."""
        return await alert_page.case(self._ground, case_id)

    async def alerts(self) -> AlertsView:
        """See `Queries.alerts`."""
        return await alert_page.alerts(self._ground)

    async def decisions(self, account_id: str, /) -> tuple[Decision, ...]:
        """See `Queries.decisions`."""
        return await alert_page.decisions(self._ground, account_id)

    async def preview(self, rules: str, /) -> RulePreview:
        """See `Queries.preview`."""
        return await preview.preview(self._ground, rules)

    async def team(self, days: int, /) -> TeamView:
        """See `Queries.team`."""
        return await team.team(self._ground, days)

    async def model(self) -> ModelView:
        """See `Queries.model`."""
        return await models.model(self._ground)

    async def what_if(self, request: WhatIfRequest, /) -> WhatIfView:
        """See `Queries.what_if`."""
        return await what_if.what_if(self._ground, request)

    async def account_what_if(self, account_id: str, request: AccountWhatIfRequest, /) -> AccountWhatIf:
        """See `Queries.account_what_if`."""
        return await answered.what_if(self._ground, account_id, request)

    async def model_toml(self, request: WhatIfRequest, /) -> str:
        """See `Queries.model_toml`."""
        return await models.model_toml(self._ground, request)

    async def sources(self) -> SourcesView:
        """See `Queries.sources`."""
        return await source_page.sources(self._ground)
