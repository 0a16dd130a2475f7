"""What a share link shows: a list of what may be seen, not of what may not. Anything new is not shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from dashboard.sharing.pseudonyms import Pseudonyms
from dashboard.values.listing import Row
from dashboard.values.portfolio import GroupHealth, PortfolioView


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAccount:
    """One account. Money is a month's; `top_risk` is "" in a link without names."""

    account: str
    plan: str
    mrr: float | None
    score: float | None
    tier: str
    change_7d: float | None
    change_28d: float | None
    at_risk: float | None
    is_urgent: bool
    top_risk: str
    owner: str
    renewal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTotal:
    """Accounts of a tier or of all."""

    name: str
    accounts: int
    mrr: float
    at_risk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedGroup:
    """A segment, industry or plan, the worst first."""

    name: str
    accounts: int
    score: float | None
    mrr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedView:
    """What a link shows. Instants are milliseconds since 1970; `index` is the mean score by account."""

    scope: str
    label: str
    as_of_ms: int
    until_ms: int
    has_names: bool
    currency: str
    total: SharedTotal
    accounts: tuple[SharedAccount, ...]
    index: float | None = None
    index_change: float | None = None
    tiers: tuple[SharedTotal, ...] = ()
    segments: tuple[SharedGroup, ...] = field(default=())
    industries: tuple[SharedGroup, ...] = field(default=())
    plans: tuple[SharedGroup, ...] = field(default=())


def shared_account(row: Row, names: Pseudonyms | None) -> SharedAccount:
    """A row as the link shows it; by a pseudonym, and without sentences, where it has no names."""
    return SharedAccount(
        account=row.name if names is None else names.account(row.account_id),
        plan=row.plan,
        mrr=row.mrr,
        score=row.score,
        tier=row.tier,
        change_7d=row.change_7d,
        change_28d=row.change_28d,
        at_risk=row.at_risk,
        is_urgent=row.is_starred,
        top_risk=row.top_risk_whole if names is None else "",
        owner=row.owner if names is None else names.owner(row.owner),
        renewal=row.renewal,
    )


def shared_groups(groups: tuple[GroupHealth, ...]) -> tuple[SharedGroup, ...]:
    """Groups as the link shows them."""
    return tuple(SharedGroup(name=each.name, accounts=each.accounts, score=each.score, mrr=each.mrr) for each in groups)


def shared_tiers(view: PortfolioView) -> tuple[SharedTotal, ...]:
    """The tiers of a portfolio."""
    return tuple(
        SharedTotal(name=each.tier, accounts=each.now.accounts, mrr=each.now.mrr, at_risk=each.now.at_risk)
        for each in view.tiers
    )
