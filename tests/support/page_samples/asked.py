"""`Queries` that answer with samples: whole ones, the least ones, or an empty book."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from dashboard.queries.port import GroupBy, Queries
from dashboard.values.account import CaseView
from dashboard.values.alerts import AlertsView, RulePreview
from dashboard.values.book_state import BookState
from dashboard.values.listing import Listing, ListRequest, Row, Total
from dashboard.values.model import ModelView, WhatIfRequest, WhatIfView
from dashboard.values.portfolio import GroupHealth, PortfolioView
from dashboard.values.sources import SourcesView
from dashboard.values.team import ActionsView, TeamView
from tests.support.page_samples import machinery, portfolio, work
from tests.support.page_samples.accounts import NOW_MS, row


class SampleQueries:
    """Answers the questions of these pages. `asked` keeps what was asked."""

    def __init__(self, *, least: bool = False, accounts: int = 148, is_whole: bool = True, trouble: str = "") -> None:
        self.trouble = trouble
        self.least, self.count, self.is_whole = least, accounts, is_whole
        self.asked: list[object] = []

    def book_state(self) -> BookState:
        return BookState(
            accounts=self.count,
            as_of_ms=NOW_MS,
            is_whole=self.is_whole,
            tiers=portfolio.BOUNDS,
            trouble=self.trouble,
            trouble_since_ms=NOW_MS - 227_000 if self.trouble else 0,
        )

    async def accounts(self, request: ListRequest, /) -> Listing:
        book = Total(name="", accounts=self.count, mrr=0, at_risk=0)
        return Listing(rows=(), total=book, book=book, groups=(), cursor="", as_of_ms=NOW_MS, is_whole=self.is_whole)

    async def rows(self, account_ids: tuple[str, ...], /) -> tuple[Row, ...]:
        return () if self.least else tuple(row(1, name=each) for each in account_ids)

    async def portfolio(self, since_days: int, filters: ListRequest, /) -> PortfolioView:
        self.asked.append((since_days, filters))
        view = portfolio.least_portfolio() if self.least else portfolio.portfolio(since_days)
        if not self.count or any(each.value == "Nobody" for each in filters.filters):
            nothing = Total(name="", accounts=0, mrr=0, at_risk=0)
            return replace(portfolio.least_portfolio(), book=nothing, unscored=(), bottom=(), by_segment=())
        return view

    async def groups(self, by: GroupBy, filters: ListRequest, /) -> tuple[GroupHealth, ...]:
        view = portfolio.least_portfolio() if self.least else portfolio.portfolio()
        return cast(tuple[GroupHealth, ...], getattr(view, f"by_{by}"))

    async def actions(self, owner: str, /) -> ActionsView:
        self.asked.append(owner)
        if not self.count:
            return work.empty_actions()
        return work.least_actions() if self.least else work.actions()

    async def case(self, case_id: str, /) -> CaseView | None:
        return next((case for case in (await self.alerts()).cases if case.brief.id == case_id), None)

    async def alerts(self) -> AlertsView:
        return work.least_alerts() if self.least else work.alerts()

    async def preview(self, rules: str, /) -> RulePreview:
        self.asked.append(rules)
        return work.preview(is_valid="fault" not in rules)

    async def team(self, days: int, /) -> TeamView:
        return work.least_team() if self.least else work.team(days)

    async def model(self) -> ModelView:
        return machinery.least_model() if self.least else machinery.model()

    async def what_if(self, request: WhatIfRequest, /) -> WhatIfView:
        self.asked.append(request)
        return machinery.what_if()

    async def model_toml(self, request: WhatIfRequest, /) -> str:
        self.asked.append(request)
        return '[model]\nname = "default"\n'

    async def sources(self) -> SourcesView:
        return machinery.least_sources() if self.least else machinery.sources()


def sample_queries(*, least: bool = False, accounts: int = 148, is_whole: bool = True, trouble: str = "") -> Queries:
    """As the port, of which these pages ask a part."""
    return cast(Queries, SampleQueries(least=least, accounts=accounts, is_whole=is_whole, trouble=trouble))
