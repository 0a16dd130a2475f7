"""What must be said of the input beside the figures: notes, and the error when nothing is left. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.instants import DAY_MS
from streams.backtest.outcomes import Note, Outcomes, note
from streams.backtest.panel import REASONS, Panel
from streams.backtest.source.subscriptions import CHURN, outcome_of
from streams.backtest.source.survey import Survey


def without_row(panels: list[Panel], outcomes: Outcomes) -> Iterator[Note]:
    """The accounts whose outcome no row could have warned of."""
    seen = {panel.accounts[number] for panel in panels for number in np.unique(panel.account)}
    missed = sorted(name for name in set(panels[0].accounts) & outcomes.at_ms.keys() if name not in seen)
    if missed:
        yield note("no_row", missed, "with the outcome before any instant at which they could be judged: not counted")


def told_before(found: Survey, labelled: Outcomes) -> Iterator[Note]:
    """The accounts whose cancellation is in the events well before their outcome in the labels."""
    early = [
        name
        for name, at_ms in sorted(labelled.at_ms.items())
        if name in found.steps and outcome_of(found.steps[name], CHURN, 0, found.last_ms).at_ms < at_ms - DAY_MS
    ]
    if early:
        words = "cancelled in the events over a day before their outcome: a model that reads that knows the answer"
        yield note("told_before", early, words)


def without_segment(by: str, segment: NDArray[Any]) -> Iterator[Note]:
    """That no account has the property that was asked for."""
    if by and not (segment != "").any():
        words = f"No account has a {by}, neither as a property of its events nor in the labels: no segments"
        yield Note(code="no_segment", count=1, words=words)


def why_empty(panel: Panel, min_age_ms: int) -> str:
    """The error when no row is left."""
    reasons = "; ".join(
        f"{each.rows:,} rows: {REASONS[reason]}" for reason, each in panel.excluded.items() if each.rows
    )
    return (
        f"No account can be judged at any instant ({reasons or 'no account has an event by then'}). Give a longer "
        f"history, or a smaller --min-age than {min_age_ms // DAY_MS}d."
    )
