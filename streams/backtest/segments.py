"""Figures by segment: the largest ones, each as a panel of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.backtest.horizon import horizon
from streams.backtest.panel import Panel
from streams.backtest.report import Segment

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
