"""Figures by segment: the largest ones, each as a panel of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.backtest.facts import SEGMENT
from streams.backtest.horizon import horizon
from streams.backtest.outcomes import Outcomes
from streams.backtest.panel import Panel
from streams.backtest.report import Segment

LABELLED = "segment"
"""The property whose values may come from the labels."""
MOST = 12
OTHERS = "(others)"
DRAWS = 500


def segments(panel: Panel, values: NDArray[Any], horizons: tuple[int, ...], draws: int, seed: int) -> list[Segment]:
    """The figures of each value of `values`, one a row; the most frequent first, those beyond `MOST` together."""
    names, counts = np.unique(values, return_counts=True)
    order = names[np.argsort(-counts, kind="stable")]
    kept = order if len(order) <= MOST else order[: MOST - 1]
    groups = [(str(name), values == name) for name in kept]
    if len(kept) < len(order):
        groups.append((OTHERS, ~np.isin(values, kept)))
    return [
        Segment(
            segment=name,
            horizons=tuple(
                horizon(panel.take(rows), days, draws=min(draws, DRAWS), seed=seed, probabilities=False)
                for days in horizons
            ),
        )
        for name, rows in groups
    ]


def segment_of(by: str, panel: Panel, outcomes: Outcomes) -> NDArray[Any]:
    """The segment of each row: of the labels, if they have a column for it and it was asked for by that name.
    None without a property to go by."""
    if not by:
        return np.empty(0, dtype=np.str_)
    if by == LABELLED and outcomes.segments:
        return np.array([outcomes.segments.get(name, "") for name in panel.accounts])[panel.account]
    return panel.texts[SEGMENT]
