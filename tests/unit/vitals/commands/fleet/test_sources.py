"""`vitals sources`: the table, and which model it is of."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from scoring.explain.explainer import Explainer
from scoring.model.model_json import encode_model, model_key
from streams.errors import UserError
from streams.replay.sources import sources_in
from tests.builders import a_model, a_snapshot
from vitals.commands.fleet.sources import running_model, sources_table

MODEL = a_model(
    {"errors": {"kind": "count", "window": "14d", "topics": ["exceptions"]}},
    {"friction": {"shape": "ratio", "signal": "errors", "of": 10, "source": "errors", "weight": 1}},
    sources={"errors": {"topics": ["exceptions"], "label": "errors"}, "answers": {"topics": ["tickets"]}},
)
SENT = a_snapshot("acme", model="small", sources={"errors": "2026-03-01 12:00:00"})
MODELS = {model_key("small", 1): encode_model(MODEL)}


def rows(*answers: object) -> list[list[str]]:
    out = io.StringIO()
    found = sources_in(MODEL, answers)  # type: ignore[arg-type]
    Console(file=out, width=200).print(sources_table(MODEL, found))
    lines = [line for line in out.getvalue().splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_the_table_says_what_is_connected_and_what_waits() -> None:
    assert rows(SENT) == [
        ["errors", "connected", "1", "2026-03-01 12:00:00", "friction"],
        ["answers", "no source", "0", "–", ""],
    ]
    assert rows(a_snapshot(model="small"))[0] == ["errors", "no source", "0", "–", "wait: friction"]


def test_the_running_model_is_the_one_behind_most_scores() -> None:
    old = a_snapshot("old", model="small", model_version=7)
    assert running_model([old, SENT, SENT], Explainer(MODELS)).version == 1


def test_without_scores_or_their_model_the_error_says_what_to_do() -> None:
    with pytest.raises(UserError, match="FILE --model M"):
        running_model([], Explainer(MODELS))
    with pytest.raises(UserError, match="small version 7 is not known here"):
        running_model([a_snapshot(model="small", model_version=7)], Explainer(MODELS))
