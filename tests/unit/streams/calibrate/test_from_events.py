"""The panel of a calibration is that of a back-test, with judgements."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scoring.instants import DAY_MS, parse_instant
from streams.backtest.run import Asked
from streams.calibrate.from_events import read_panel
from streams.calibrate.from_panel import rows_of
from streams.errors import UserError
from streams.model_files import read_model
from tests.unit.streams.backtest.books import START_MS, a_model, book, written

NOW_MS = parse_instant("2027-06-01T00:00:00Z")


def asked(folder: Path, **more: object) -> Asked:
    options = {"every_ms": 15 * DAY_MS, "processes": 1, **more}
    source = written(folder / "events.ndjson", book(20, 120))
    return Asked(sources=[source], models=[read_model(a_model(folder))], **options)  # type: ignore[arg-type]


def test_rows_have_judgements_and_scores_that_their_weights_explain(tmp_path: Path) -> None:
    wanted = asked(tmp_path)
    panel, outcomes = read_panel(wanted, NOW_MS)
    rows = rows_of(panel, wanted.models[0], 30)
    assert outcomes.kind == "churn"
    assert rows.data.components == ("usage",)
    assert rows.is_explained.all()
    assert np.unique(np.diff(rows.data.instants_ms)).tolist() == [15 * DAY_MS]


def test_labels_take_the_place_of_events(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("account_id,churned_at\na001,2026-04-01\n")
    panel, outcomes = read_panel(asked(tmp_path, labels=str(tmp_path / "labels.csv")), NOW_MS)
    assert list(outcomes.at_ms) == ["a001"]
    assert panel.churned(60).any()


def test_instants_outside_the_events_are_an_error_that_says_where_they_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No instant lies within the events, which go from 2026-01-01"):
        read_panel(asked(tmp_path, from_ms=START_MS + 900 * DAY_MS), NOW_MS)


def test_accounts_that_are_all_too_young_are_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"No account can be judged .* the account was too young"):
        read_panel(asked(tmp_path, min_age_ms=400 * DAY_MS), NOW_MS)
