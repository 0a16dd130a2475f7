"""The rows of a back-test's panel, as calibration reads them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scoring.instants import DAY_MS
from scoring.model.model import Model
from streams.backtest.panel import Bools, Panel
from streams.calibrate.data import CalibrationData

_SAME = 1e-6


class Rows(NamedTuple):
    """All rows with a known outcome, and which of them have a score that the weights explain: not those under a
    profile, or scored in a way that is no plain mean."""

    data: CalibrationData
    is_explained: Bools


def rows_of(panel: Panel, model: Model, days: int) -> Rows:
    """The rows whose next `days` were observed to the end. The panel has judgements and evidence."""
    seen = panel.observed(days)
    names = [name for name in model.components if name in seen.judgements]
    header = model.header
    judgement = np.column_stack([seen.judgements[name] for name in names])
    evidence = np.column_stack([seen.evidence[name] for name in names])
    known = ~np.isnan(judgement)
    data = CalibrationData(
        components=tuple(names),
        weights=np.array([model.components[name].weight for name in names], dtype=np.float64),
        score=seen.score,
        judgement=judgement,
        evidence=np.where(np.isnan(evidence), known, evidence).astype(np.float64),
        has_outcome=seen.churned(days),
        account=seen.account,
        instant_ms=seen.at_ms,
        at_most=_floors(seen, model),
        horizon_ms=days * DAY_MS,
        neutral=header.neutral,
        neutral_weight=header.neutral_weight,
        emphasis=header.emphasis,
    )
    return Rows(data, np.abs(data.computed(data.weights) - data.score) <= _SAME)


def _floors(panel: Panel, model: Model) -> np.typing.NDArray[np.float64]:
    """The floor that limits each row: a score that is exactly one of a floor is taken as limited by it."""
    limits = np.full(len(panel), np.inf)
    for floor in model.floors.values():
        limits[panel.score == floor.to] = floor.to
    return limits
