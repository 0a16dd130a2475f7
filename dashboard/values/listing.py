"""The accounts as a list: what is asked, and the rows that answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ColumnKind = Literal["text", "number", "money", "percent", "date", "boolean", "score", "tier", "sparkline", "marks"]
Operator = Literal["is", "is_not", "at_least", "at_most", "contains", "is_set", "is_unset"]
SPARK_DAYS = 85
"""A sparkline has the closing score of each of the last twelve weeks' days, today included, the oldest first."""
CustomValue = str | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the list. `name` is a field of `Row`; else "trait." and the name of a trait, or "fact." and that of a
    signal, which are keys of `Row.custom`."""

    name: str
    label: str
    kind: ColumnKind
    is_default: bool = False
    is_sortable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition: `field` is the name of a column. In an address it is `field:operator:value`."""

    field: str
    operator: Operator
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """Which accounts, in which order. All `filters` hold; two on one field with `is` mean either.

    `sort` is the name of a column; accounts without a value come last, equal ones by account id. `group` puts tiers
    first, the worst first, and sorts within each. `search` is a part of a name or an id, in any case. `limit` is 1 to
    500, `cursor` that of the page before.
    """

    filters: tuple[Filter, ...] = ()
    sort: str = "at_risk"
    is_descending: bool = True
    group: bool = False
    search: str = ""
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A fact with an end: «provisional to 12 Jan». A dashed one lowers trust. `until_ms` is 0 for none."""

    kind: Literal["provisional", "warm_up", "coverage", "stale", "override", "forecast", "flag", "bound", "recovered"]
    words: str
    until_ms: int = 0
    is_dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseBrief:
    """The case of an account that matters most: the gravest that is not over."""

    id: str
    rule: str
    label: str
    severity: str
    status: str
    words: str
    opened_at_ms: int
    since_ms: int
    until_ms: int = 0
    assignee: str = ""
    by: str = ""
    action: str = ""
    playbook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One account in the list. Scores and changes are points, unrounded; money is a month's, in the book's currency.

    `name` is the account's name, its id where it has none. `tier` is "" without a score; then `standing` or
    `unscored` says why. `change_1d`, `_7d`, `_28d` are since the close of that day (UTC), None where nothing is known
    of it. `at_risk` is mrr × (100 − score) / 100. `urgency` weighs the points below green by the share that the
    account's MRR has of the book's largest, 0 to 100. `is_starred`: not green, and among the ten with most at risk.
    `top_risk` is at most 38 characters, `top_risk_whole` the whole sentence. `csat_trend` is the mean of 30 days
    minus that of the 30 before. `as_of_ms` is the instant of judgement, `version` changes with every answer.
    """

    account_id: str
    name: str
    score: float | None
    tier: str
    as_of_ms: int
    version: str
    standing: str = ""
    unscored: str = ""
    is_provisional: bool = False
    coverage: float = 0.0
    change_1d: float | None = None
    change_7d: float | None = None
    change_28d: float | None = None
    sparkline: tuple[float | None, ...] = ()
    top_risk: str = ""
    top_risk_whole: str = ""
    mrr: float | None = None
    at_risk: float | None = None
    urgency: float | None = None
    is_starred: bool = False
    owner: str = ""
    segment: str = ""
    industry: str = ""
    plan: str = ""
    renewal: str = ""
    renewal_days: int | None = None
    last_login_ms: int | None = None
    nps: float | None = None
    csat: float | None = None
    csat_trend: float | None = None
    first_event_ms: int | None = None
    next_tier: str = ""
    next_tier_ms: int | None = None
    marks: tuple[Mark, ...] = ()
    case: CaseBrief | None = None
    custom: dict[str, CustomValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Accounts of one kind: how many, what they pay a month, and how much of it is at risk."""

    name: str
    accounts: int
    mrr: float
    at_risk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of the list. `total` is over all accounts that the filters keep, `book` over all that there are.

    `groups` are the same by tier, the worst first, "" those without a score. `cursor` is that of the next page, "" for
    none. `as_of_ms` is the latest instant of judgement in the book; `is_whole` is False while it is being filled.
    """

    rows: tuple[Row, ...]
    total: Total
    book: Total
    groups: tuple[Total, ...]
    cursor: str
    as_of_ms: int
    is_whole: bool = True
