"""What a back-test says: one object, whose JSON schema is `docs/backtest.schema.json`. Values only."""

from __future__ import annotations

from typing import Literal

import msgspec

from streams.backtest.estimate import Estimate
from streams.backtest.outcomes import Note

Verdict = Literal["skill", "no skill", "worse than chance", "too few outcomes"]
"""`skill`: the interval of the ROC-AUC lies above 0.5; `no skill`: it holds 0.5."""


class Flagged(msgspec.Struct, frozen=True, kw_only=True):
    """What a way to flag accounts catches. `recall` is the share of the churning rows that it flags, `precision` the
    share of its rows that churn, `lift` that share over the base rate."""

    flag: str
    share_flagged: Estimate
    recall: Estimate
    precision: Estimate
    lift: Estimate


class Decile(msgspec.Struct, frozen=True, kw_only=True):
    """A tenth of the rows by score, the lowest first: the probability given, and the share that churned."""

    rows: int
    score_from: float
    score_to: float
    predicted: float
    observed: Estimate


class Probability(msgspec.Struct, frozen=True, kw_only=True):
    """The Brier score of probabilities that were calibrated out of fold: `brier` is `miscalibration` − `discrimination`
    + `uncertainty`, and `skill` is 1 − `brier` / `uncertainty`, 0 for always saying the base rate."""

    calibration: str
    brier: Estimate
    miscalibration: Estimate
    discrimination: Estimate
    uncertainty: Estimate
    skill: Estimate
    reliability: tuple[Decile, ...]


class Horizon(msgspec.Struct, frozen=True, kw_only=True):
    """All figures for one horizon. Rows are accounts at instants; `churned_accounts` have a row that churned.

    `censored` rows are left out, since their horizon ends after the data.
    """

    days: int
    accounts: int
    rows: int
    censored: int
    churned_accounts: int
    churned_rows: int
    verdict: Verdict
    base_rate: Estimate
    roc_auc: Estimate
    pr_auc: Estimate
    flagged: tuple[Flagged, ...]
    probability: Probability | None = None


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """The share of the accounts that churned whose flag held from `days` before the outcome, or longer."""

    days: int
    share: Estimate


class LeadTime(msgspec.Struct, frozen=True, kw_only=True):
    """Days from the first flag that held until the outcome, over the churned accounts that were flagged then.

    `caught` of the `churned` accounts were flagged at the last look before their outcome.
    """

    flag: str
    churned: int
    caught: int
    share_caught: Estimate
    p25: Estimate
    p50: Estimate
    p75: Estimate
    ahead: tuple[Ahead, ...] = ()


class AlertPrecision(msgspec.Struct, frozen=True, kw_only=True):
    """Falls of tier as alerts: how many an account has in 30 days, and the share that an outcome followed in time."""

    rule: str
    days: int
    alerts: int
    followed: int
    precision: Estimate
    per_account_month: Estimate


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one segment; "" are the accounts without one."""

    segment: str
    horizons: tuple[Horizon, ...]


class Excluded(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that were left out for one reason, and of how many accounts they are."""

    reason: str
    words: str
    rows: int
    accounts: int


class ModelReport(msgspec.Struct, frozen=True, kw_only=True):
    """The part of one model. `tiers` is the share of the panel's rows in each, worst first."""

    model: str
    version: int
    tiers: dict[str, float]
    excluded: tuple[Excluded, ...]
    horizons: tuple[Horizon, ...]
    lead_times: tuple[LeadTime, ...] = ()
    alerts: tuple[AlertPrecision, ...] = ()
    segments: tuple[Segment, ...] = ()


class Yardstick(msgspec.Struct, frozen=True, kw_only=True):
    """A plain figure, ranked on the rows of the first model. `recall` is at the share that its worst tier flags."""

    name: str
    label: str
    days: int
    rows: int
    roc_auc: Estimate
    pr_auc: Estimate
    share_flagged: Estimate
    recall: Estimate


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How much greater the ROC-AUC of `model` is than that of `other`, on the `rows` that both judge."""

    model: str
    other: str
    days: int
    rows: int
    roc_auc_difference: Estimate


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One back-test. `says` is the first line, `may` what may be concluded, `may_not` what may not.

    Instants are RFC 3339. `arrival` says in words when an event counted as known.
    """

    schema: int = 1
    says: str
    outcome: str
    definition: str
    arrival: str
    first_event: str
    observed_until: str
    instants: tuple[str, ...]
    alerts_every_days: float
    min_age_days: float
    draws: int
    seed: int
    accounts: int
    churned: int
    models: tuple[ModelReport, ...]
    yardsticks: tuple[Yardstick, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    notes: tuple[Note, ...] = ()
    may: tuple[str, ...] = ()
    may_not: tuple[str, ...] = ()
