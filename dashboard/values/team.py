"""The work: the queue of cases, the team's KPIs, and what became of accounts."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.values.account import CaseView
from dashboard.values.listing import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """A case in the queue with its account: worst by MRR first. `what` is the recommended action."""

    row: Row
    case: CaseView
    what: str
    playbook: str
    is_mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsView:
    """The queue. `words` says what to do first. `opportunities` are cases of good news."""

    words: str
    as_of_ms: int
    items: tuple[ActionItem, ...]
    opportunities: tuple[ActionItem, ...]
    open_mrr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One of the six CS KPIs: coverage is numerator / denominator, 0 to 1, None of nothing; `target` 0 to 1.

    `vs_target` is coverage − target in percentage points. `how` says what counts, and which events it is read from.
    """

    name: str
    label: str
    coverage: float | None
    numerator: int
    denominator: int
    target: float
    vs_target: float | None
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerLine:
    """A line of the leaderboard. Money is MRR of the span; `kpis` has the coverage by name of the KPI."""

    owner: str
    accounts: int
    mrr: float
    score: float | None
    change_28d: float | None
    at_risk: float
    kpis: dict[str, float | None]
    renewed: float
    contracted: float
    churned: float
    recovered: float
    open_cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterLine:
    """The contracts that ended in a quarter, «2026-Q4». Shares are 0 to 1, None of nothing.

    `early_warning` is `flagged` / `seen_churned`: of those that churned and were recorded 60 days before, the flagged
    ones. `variance_points` is predicted − actual in percentage points. `warns_early` and `is_within` say whether the
    targets are reached, None with too few contracts to say.
    """

    quarter: str
    contracts: int
    churned: int
    seen_churned: int
    flagged: int
    early_warning: float | None
    predicted: float | None
    actual: float | None
    variance_points: float | None
    warns_early: bool | None
    is_within: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyView:
    """What had been predicted of contracts, beside what became of them, the latest quarter first.

    Days are ISO dates: `recorded_since` is "" while nothing is recorded; `first_eligible` is the first day on which a
    quarter can be judged, "" once one is. `notes` say what is missing. Targets are a share, and points.
    """

    recorded_since: str
    first_eligible: str
    quarters: tuple[QuarterLine, ...]
    notes: tuple[str, ...] = ()
    early_warning_target: float = 0.75
    variance_target: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamView:
    """The team page: KPIs over all accounts, and each owner. `days` is the span of the outcomes. `accuracy` is None
    where predictions cannot be read.
    """

    words: str
    as_of_ms: int
    days: int
    kpis: tuple[Kpi, ...]
    owners: tuple[OwnerLine, ...]
    accuracy: AccuracyView | None = None
