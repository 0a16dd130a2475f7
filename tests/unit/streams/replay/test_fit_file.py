"""A file is fitted as a replay of it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.plan.plan import Plan
from streams.errors import UserError
from streams.model_files import read_model
from streams.replay.event_file import EventFile
from streams.replay.fit import Fit, FitCounts
from streams.replay.fit_file import fit_of, note_answers
from tests.support.plain.replay import read_history, replay
from tests.unit.streams.replay.test_columns import START_MS, events_file

DAY_MS = 86_400_000


def test_a_check_finds_what_a_replay_finds(tmp_path: Path) -> None:
    path, model = events_file(tmp_path / "events"), read_model("default")
    found, refused = fit_of(path, model)
    plan = Plan(model)
    fit = Fit(plan)
    with EventFile(path) as file:
        history = read_history(file, plan, START_MS + 900 * DAY_MS, fit=fit)
    counts = fit.result()
    note_answers(counts, replay(plan, history.events, [START_MS, counts.last_ms]))
    assert (found, refused) == (counts, ())
    assert found.repeated == 0
    assert (counts.accounts, counts.events) == (7, 600)


def test_refused_lines_are_told(tmp_path: Path) -> None:
    path = Path(events_file(tmp_path / "events", 8))
    path.write_text(f"{path.read_text()}\nnot json\n")
    _, refused = fit_of(str(path), read_model("default"))
    assert [(each.reason, each.lines) for each in refused] == [("malformed", (9,))]
    path.write_text("{}\n")
    with pytest.raises(UserError, match="all its lines were rejected"):
        fit_of(str(path), read_model("default"))


def test_repeated_events_are_counted_by_the_fold(tmp_path: Path) -> None:
    path = tmp_path / "events"
    line = '{"topic":"analytics","account_id":"%s","event":"login","timestamp":"2026-01-01T00:00:00Z","id":"%s"}\n'
    ids = (("a", "1"), ("a", "1"), ("b", "1"), ("a", "2"), ("a", "1"), ("a", ""), ("a", ""), ("b", ""))
    path.write_text("".join(line % each for each in ids))
    counts, _ = fit_of(str(path), read_model("default"))
    assert (counts.events, counts.repeated, counts.without_id) == (8, 2, 3)


def test_an_account_in_a_standing_is_counted_apart(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text(
        '{"topic":"analytics","account_id":"a","event":"login","timestamp":"2026-01-01T00:00:00Z"}\n'
        '{"topic":"analytics","account_id":"b","event":"login","timestamp":"2026-01-01T00:00:00Z"}\n'
        '{"topic":"billing","account_id":"b","event":"subscription_canceled","timestamp":"2026-01-02T00:00:00Z"}\n'
    )
    model = read_model("four-inputs")
    found, _ = fit_of(str(path), model)
    assert (found.accounts, found.standings) == (1, {"churned": 1})
    plan, answered = Plan(model), FitCounts()
    with EventFile(str(path)) as file:
        history = read_history(file, plan, START_MS + 900 * DAY_MS)
    note_answers(answered, replay(plan, history.events, [found.last_ms]))
    assert (answered.accounts, answered.standings, answered.judged) == (1, {"churned": 1}, found.judged)
