"""From a request with a key to what its link shows. Everything else is answered alike, and says nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from dashboard.doors.keys import is_secret_of
from dashboard.doors.rates import Rate
from dashboard.queries.port import Queries
from dashboard.sharing.access import Accesses
from dashboard.sharing.pseudonyms import Pseudonyms
from dashboard.sharing.shared import SharedTotal, SharedView, shared_account, shared_groups, shared_tiers
from dashboard.values.listing import ListRequest, Total
from streams.operations.dashboard_metrics import DashboardMetrics
from streams.workspace.records import Share
from streams.workspace.table import WorkspaceTable

ROWS_MAX: Final = 200
SINCE_DAYS: Final = 7


class NoLink(Exception):
    """There is no such link, its key is another, or it has ended: nobody learns which."""


class TooOften(Exception):
    """Too many requests; `seconds` until the next."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds: Final = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """All links. `request_of` reads the query of a list as it is in an address. One event loop owns it."""

    table: WorkspaceTable
    queries: Queries
    accesses: Accesses
    metrics: DashboardMetrics
    currency: str
    request_of: Callable[[str], ListRequest]
    now_ms: Callable[[], int]
    by_address: Rate = field(default_factory=lambda: Rate(per_minute=60, burst=60))
    by_link: Rate = field(default_factory=lambda: Rate(per_minute=300, burst=300))

    async def shown(self, share_id: str, key: str, address: str) -> SharedView:
        """What the link shows now.

        Raises:
            NoLink: when there is nothing to show.
            TooOften: when that address, or everybody with this link, asks too often.
            ReadModelUnavailable: when Redis is needed and does not answer.
        """
        if not self.by_address.allows(address):
            self.metrics.share("too_often")
            raise TooOften(self.by_address.wait_seconds(address))
        share = self.table.share(share_id)
        is_its_key = is_secret_of(key, share.key_hash if share else "")
        if share is None or not is_its_key or has_ended(share, self.now_ms()):
            self.metrics.share("refused")
            raise NoLink
        if not self.by_link.allows(share.id):
            self.metrics.share("too_often")
            raise TooOften(self.by_link.wait_seconds(share.id))
        view = await (self._portfolio(share) if share.scope == "portfolio" else self._accounts(share))
        self.accesses.note(share.id, address)
        self.metrics.share("shown")
        return view

    async def _accounts(self, share: Share) -> SharedView:
        request = self.request_of(share.query)
        few = request.limit if request.limit < ListRequest().limit else ROWS_MAX  # the bottom five are five
        request = replace(request, limit=few, cursor="")
        listing = await self.queries.accounts(request)
        names = Pseudonyms(share.key_hash) if share.redacts else None
        return SharedView(
            scope="accounts",
            label=share.label,
            as_of_ms=listing.as_of_ms,
            until_ms=share.until_ms,
            has_names=not share.redacts,
            currency=self.currency,
            total=_total(listing.total),
            accounts=tuple(shared_account(row, names) for row in listing.rows),
            tiers=tuple(_total(each) for each in listing.groups),
        )

    async def _portfolio(self, share: Share) -> SharedView:
        view = await self.queries.portfolio(SINCE_DAYS, self.request_of(share.query))
        names = Pseudonyms(share.key_hash) if share.redacts else None
        return SharedView(
            scope="portfolio",
            label=share.label,
            as_of_ms=view.as_of_ms,
            until_ms=share.until_ms,
            has_names=not share.redacts,
            currency=self.currency,
            total=_total(view.book),
            accounts=tuple(shared_account(row, names) for row in view.bottom),
            index=view.index,
            index_change=view.index_change,
            tiers=shared_tiers(view),
            segments=shared_groups(view.by_segment),
            industries=shared_groups(view.by_industry),
            plans=shared_groups(view.by_plan),
        )


def has_ended(share: Share, now_ms: int) -> bool:
    """Whether a link is revoked or has expired."""
    return bool(share.revoked_ms) or share.until_ms <= now_ms


def _total(total: Total) -> SharedTotal:
    return SharedTotal(name=total.name, accounts=total.accounts, mrr=total.mrr, at_risk=total.at_risk)
