"""What a score has meant: probabilities of outcomes by the model's calibrations. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from scoring.instants import DAY_MS, parse_duration
from scoring.model.model import Model
from scoring.result import ScoreSnapshot
from scoring.texts import OutcomeChance

STAYING = {"churn": "renewal", "non-renewal": "renewal"}
"""Outcomes that people ask for by their opposite."""
LABELS = {"renewal": "Renewal probability", "expansion": "Upsell readiness"}


def chances_of(model: Model, snapshot: ScoreSnapshot) -> tuple[OutcomeChance, ...]:
    """The probability of each outcome that the model is calibrated for; none without a score.

    While an override holds it is that of the model's own score, for the curve is of those.
    """
    return tuple(_chances(model, snapshot.score if snapshot.override is None else snapshot.beneath))


def _chances(model: Model, score: float | None) -> Iterator[OutcomeChance]:
    for outcome, calibration in model.calibrations.items():
        if score is None:
            return
        probability, low, high = calibration.at(score)
        if outcome in STAYING:
            probability, low, high = 1.0 - probability, 1.0 - high, 1.0 - low
        name = STAYING.get(outcome, outcome)
        days = parse_duration(calibration.within) / DAY_MS
        words = (
            f"{LABELS.get(name, f'Probability of {name}')} within {days:g} days: {100 * probability:.0f} % "
            f"({100 * low:.0f} to {100 * high:.0f})"
        )
        yield OutcomeChance(outcome=name, within_days=days, probability=probability, low=low, high=high, words=words)
