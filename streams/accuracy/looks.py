"""What a score snapshot says for the forecast: the probability of churn, the flag, the renewal date. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from scoring.event.timestamps import Untimely, any_stamp_ms
from scoring.instants import DAY_MS, parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.result import Fact, ScoreSnapshot
from streams.accuracy.series import Look

CHURN = "churn"
RENEWAL = frozenset(
    ("renewal_date", "renews_at", "renewal_at", "renews_on", "contract_end", "contract_end_date", "contract_ends_at")
)
"""Properties whose latest value is the renewal date."""


def look_of(snapshot: ScoreSnapshot, model: Model | None) -> Look:
    """What is known of the account. An account in a standing has left. `model` made the score; without it there is no
    probability, no flag and no date.

    While an override holds, the probability is that of the model's own score, since the curve is of those.
    """
    score = snapshot.score if snapshot.override is None else snapshot.beneath
    curve = None if model is None else model.calibrations.get(CHURN)
    return Look(
        account_id=snapshot.account_id,
        probability=None if curve is None or score is None else curve.at(score).probability,
        within_days=0 if curve is None else parse_duration(curve.within) // DAY_MS,
        is_flagged=model is not None and snapshot.tier == model.tiers[0].name,
        has_left=bool(snapshot.standing),
        renewal_day=-1 if model is None else max(_days(snapshot, model), default=-1),
    )


def _days(snapshot: ScoreSnapshot, model: Model) -> Iterator[int]:
    for name, signal in model.signals.items():
        if isinstance(signal, schema.Last) and signal.property.lstrip("@") in RENEWAL:
            day = _day(snapshot.facts.get(name))
            if day >= 0:
                yield day


def _day(fact: Fact) -> int:
    """The day of a date, in days since 1970; -1 if it is none."""
    if fact is None or not fact:
        return -1
    try:
        return any_stamp_ms(fact) // DAY_MS
    except Untimely:
        return -1
