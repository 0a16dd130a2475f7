"""`vitals explain`: what an answer says to people."""

from __future__ import annotations

import io
import time

from rich.console import Console

from scoring.explain.explainer import Explainer
from scoring.explain.explanation import explain, explain_by_name
from scoring.fold.cohort import Cohort
from scoring.instants import HOUR_MS, MINUTE_MS, rfc3339
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot, Sign
from tests.builders import a_model, a_snapshot, snapshot_models, usage
from tests.support.explained import snapshot_at
from vitals.commands.explain import print_explained
from vitals.commands.output import scores_table

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


def test_evidence_is_a_column_where_some_lacks_and_the_neutral_start_is_a_row() -> None:
    table = {"shape": "linear", "points": [[0, 0], [100, 100]], "weight": 10}
    model = a_model(
        {name: {"kind": "last", "property": name} for name in ("uses", "age")},
        {
            "usage": table | {"signal": "uses", "evidence": [{"signal": "age", "half": 30}]},
            "age": table | {"signal": "age"},
        },
        neutral_weight=10,
        neutral=69,
    )
    cohort = Cohort(Plan(model))
    sent = usage(at="2026-03-01T12:00Z", uses=50, age=10)
    cohort.apply(cohort.plan.decoder.decode(sent.topic, sent.value, 0, 1 << 50))
    answer = snapshot_at(cohort.plan, cohort.accounts["acme"])
    out = io.StringIO()
    print_explained(Console(file=out, width=400), answer, explain(cohort.plan, answer))
    rows = [[cell.strip() for cell in line.split("│")] for line in out.getvalue().splitlines() if "│" in line]
    assert rows[:3] == [
        ["", "usage", "50", "5.56", "11.11", "25%", "uses 50; age 10: counts 25%", ""],
        ["", "age", "10", "4.44", "44.44", "100%", "age 10", ""],
        ["", "Neutral start", "69", "30.67", "44.44", "100%", "neutral start, 10 of 22", ""],
    ]
    assert not [line for line in explained(a_snapshot()) if "evidence" in line and "because" in line]


def test_what_is_stale_is_said_with_its_span() -> None:
    since = rfc3339(time.time_ns() // 1_000_000 - 3 * HOUR_MS - MINUTE_MS)
    lines = explained(a_snapshot("acme", score=50.0, tier="yellow", stale={"exceptions": since}))
    assert "stale: exceptions, 3 h. What depends on it stands still until it is back." in lines


def test_the_list_marks_what_is_stale() -> None:
    screen = Console(width=200, record=True, file=io.StringIO())
    answer = a_snapshot("acme", score=50.0, tier="yellow", stale={"exceptions": "2026-03-01T12:00:00Z"})
    screen.print(scores_table([answer], "", explain_by_name))
    assert "stale: exceptions" in screen.export_text()
