"""A file is fitted as a replay of it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.plan.plan import Plan
from streams.errors import UserError
from streams.model_files import read_model
from streams.replay.event_file import EventFile
from streams.replay.fit import Fit
from streams.replay.fit_file import fit_of, note_answers
from streams.replay.replay import read_history, replay
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
    assert (counts.accounts, counts.events) == (7, 600)


def test_refused_lines_are_told_and_a_pipe_cannot_be_read_twice(tmp_path: Path) -> None:
    path = Path(events_file(tmp_path / "events", 8))
    path.write_text(f"{path.read_text()}\nnot json\n")
    _, refused = fit_of(str(path), read_model("default"))
    assert [(each.reason, each.lines) for each in refused] == [("malformed", (9,))]
    with pytest.raises(UserError, match="give the path of a file"):
        fit_of("-", read_model("default"))
    path.write_text("{}\n")
    with pytest.raises(UserError, match="all its lines were rejected"):
        fit_of(str(path), read_model("default"))
