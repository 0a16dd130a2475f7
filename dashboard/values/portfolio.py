"""The whole book: where it stands, what moved it, and whether the tiers are too strict."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.values.listing import Row, Total


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTotal:
    """Accounts of a tier now, and the change since then. `share` is of the accounts with a score, 0 to 1."""

    tier: str
    now: Total
    accounts_change: int | None
    mrr_change: float | None
    share: float
    mrr_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TierChange:
    """An account that changed its tier since then, and why."""

    account_id: str
    account: str
    from_tier: str
    to_tier: str
    before: float
    after: float
    cause: str
    mrr: float | None
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseShare:
    """How many points of the index's change have one cause, over how many accounts."""

    cause: str
    accounts: int
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideLine:
    """A tier's share beside the guide's range, all 0 to 1. `beyond` is how far outside it is, below zero: under."""

    tier: str
    share: float
    mrr_share: float
    low: float
    high: float
    beyond: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """The distribution beside 60-70 / 20-30 / 5-10. `verdict` is "too lenient", "too strict" or "within the guide"."""

    lines: tuple[GuideLine, ...]
    verdict: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHealth:
    """A segment, industry, owner or plan: its health by account, now and then; worst first in a ranking."""

    name: str
    accounts: int
    score: float | None
    before: float | None
    mrr: float
    at_risk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupWeek:
    """A tier, segment, industry, owner or plan at the close of a day, the last of a week or today. A tier has the
    accounts that were in it then ("" those without a score), another group those that are in it now. `score` is the
    mean of the accounts with one."""

    day: str
    name: str
    accounts: int
    mrr: float
    at_risk: float
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDay:
    """The health index at the close of a day: the mean score by account, and weighted by MRR; accounts by tier."""

    day: str
    by_account: float | None
    by_mrr: float | None
    accounts: dict[str, int]
    mrr: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """An account in «MRR against health». `before` is its score four weeks ago."""

    account_id: str
    name: str
    mrr: float
    score: float
    tier: str
    before: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioView:
    """The portfolio page. `since_days` is 1 or 7. `sentence` says what changed, why, and what is largest."""

    sentence: str
    since_days: int
    as_of_ms: int
    index: float | None
    index_change: float | None
    index_by_mrr: float | None
    index_by_mrr_change: float | None
    book: Total
    at_risk_change: float | None
    tiers: tuple[TierTotal, ...]
    unscored: tuple[Total, ...]
    changes: tuple[TierChange, ...]
    fell: int
    rose: int
    causes: tuple[CauseShare, ...]
    guide: Guide
    days: tuple[IndexDay, ...]
    bubbles: tuple[Bubble, ...]
    bounds: tuple[tuple[str, float], ...]
    by_segment: tuple[GroupHealth, ...]
    by_industry: tuple[GroupHealth, ...]
    by_owner: tuple[GroupHealth, ...]
    by_plan: tuple[GroupHealth, ...]
    bottom: tuple[Row, ...]
