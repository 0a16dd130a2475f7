"""`vitals explain`: what an answer says to people."""

from __future__ import annotations

import io

from rich.console import Console

from scoring.explain.explainer import Explainer
from scoring.result import ScoreSnapshot, Sign
from tests.builders import a_snapshot, snapshot_models
from vitals.commands.explain import print_explained

WORDS = (
    "All 412 product events in 30 days are {}, at 02:00–03:00 UTC: is this a person? If not, add it to "
    "[events] machine of the model"
)


def explained(answer: ScoreSnapshot) -> list[str]:
    out = io.StringIO()
    print_explained(Console(file=out, width=400), answer, Explainer(snapshot_models()).explain(answer))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def signed(event: str) -> ScoreSnapshot:
    return a_snapshot(signs=(Sign(name="alike", number=412, event=event, user="", hour=2),))


def test_a_sign_is_one_line() -> None:
    lines = explained(signed("nightly_export"))
    at = lines.index("Is it used by people?")
    assert lines[at + 1] == f"  {WORDS.format('nightly_export')}."
    assert not [line for line in explained(a_snapshot()) if "people" in line]


def test_a_name_in_a_sign_cannot_move_the_cursor_or_be_markup() -> None:
    text = "\n".join(explained(signed("\x1b[2J[bold]x")))
    assert "\x1b" not in text
    assert "[bold]x" in text
