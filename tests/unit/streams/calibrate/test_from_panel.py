"""From a panel to rows: which rows weights explain, floors, and evidence that is not given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring.instants import DAY_MS
from scoring.model.loader import load_model
from streams.backtest.panel import Panel
from streams.calibrate.from_panel import rows_of
from tests.unit.streams.backtest.panels import judged, outcomes

MODEL = load_model("""
[model]
name = "by_hand"

[signals.use]
kind = "count"
topics = ["analytics"]
window = "30d"

[components.a]
shape = "linear"
signal = "use"
points = [[0, 0], [9, 100]]
weight = 3

[components.b]
shape = "linear"
signal = "use"
points = [[0, 0], [9, 100]]
weight = 1

[floors.silent]
when = [{ signal = "use", below = 1 }]
to = 40
""")


def panel() -> Panel:
    """Day 0 and day 90; `early` leaves on day 40. The judgements are 80 and 40: a mean of 70."""
    found = Panel.of(
        judged({"early": [70.0, None], "floored": [40.0, 40.0], "profiled": [61.0, 70.0]}, [0, 90]),
        outcomes({"early": 40}, until_day=130),
        30 * DAY_MS,
    )
    rows = len(found)
    nothing = np.full(rows, np.nan)
    return replace(
        found, judgements={"a": np.full(rows, 80.0), "b": np.full(rows, 40.0)}, evidence={"a": nothing, "b": nothing}
    )


def test_rows_whose_horizon_has_not_ended_are_left_out() -> None:
    data, _ = rows_of(panel(), MODEL, 60)
    assert len(data) == 3
    assert data.has_outcome.tolist() == [True, False, False]
    assert data.horizon_ms == 60 * DAY_MS
    assert len(rows_of(panel(), MODEL, 30).data) == 5


def test_rows_are_explained_by_the_mean_and_by_floors_but_not_by_a_profile() -> None:
    data, is_explained = rows_of(panel(), MODEL, 60)
    assert data.score.tolist() == [70.0, 40.0, 61.0]
    assert is_explained.tolist() == [True, True, False]
    assert data.at_most.tolist() == [np.inf, 40.0, np.inf]


def test_evidence_that_is_not_given_is_whole_where_there_is_a_judgement() -> None:
    data, _ = rows_of(panel(), MODEL, 60)
    assert (data.evidence == 1.0).all()
    some = panel()
    some.judgements["b"][0] = np.nan
    assert rows_of(some, MODEL, 60).data.evidence[0].tolist() == [1.0, 0.0]
