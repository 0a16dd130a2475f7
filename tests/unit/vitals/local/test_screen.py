"""The screen of `vitals up`: what is on it, that it fits, and what is told in lines where there is no terminal."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import pytest
from rich.console import Console

from alerts.notification import Cause
from scoring.explain.explainer import Explainer
from scoring.model.model_json import encode_model
from scoring.result import ComponentScore
from tests.builders import a_model, a_snapshot, an_alert_step
from vitals.local.frame import View, frame
from vitals.local.screen import Lines, LiveScreen, open_screen
from vitals.local.view import Reading

TREND = {"trend": ComponentScore(0.0, 0.0, 20.0)}
FACTS = {"last_14": 0, "before": 444}
TREND_MODEL = a_model(
    {
        "last_14": {"kind": "count", "window": "14d", "label": "product events"},
        "before": {"kind": "count", "window": "14d", "prior": True, "label": "product events"},
    },
    {"trend": {"shape": "trend", "signal": "last_14", "prior": "before", "weight": 1, "label": "Two-week trend"}},
    name="default",
)
EXPLAINER = Explainer({"default@1": encode_model(TREND_MODEL)})
ADDRESSES = [(role, f"http://127.0.0.1:4000{number}/metrics") for number, role in enumerate(("worker", "projector"))]


def a_view(**overrides: Any) -> View:
    """Forty accounts that are live, one of them fallen since."""
    answers = tuple(
        a_snapshot(
            f"kestrelpoint-insurance-{number:02d}", score=20.0 + number, components=TREND, facts=FACTS, first_event_ms=0
        )
        for number in range(40)
    )
    view = View(
        phase="live",
        detail="",
        seconds=83.2,
        reading=Reading(
            answers=answers,
            explainer=EXPLAINER,
            steps=(an_alert_step(),),
            events=51_000,
            events_a_second=8.26,
            lag=3,
        ),
        start={answer.account_id: 30.0 for answer in answers},
        tiers=("red", "yellow", "green"),
        commands=["VITALS_REDIS=redis://127.0.0.1:40010/0 vitals scores"],
        addresses=ADDRESSES,
    )
    return msgspec.structs.replace(view, **overrides)


def drawn(view: View, width: int = 100, height: int = 40) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=False)
    with console.capture() as capture:
        console.print(frame(view, width, height))
    return capture.get().splitlines()


@pytest.mark.parametrize(("width", "height"), [(200, 60), (100, 40), (100, 24), (80, 24), (80, 15), (60, 20)])
def test_it_fits(width: int, height: int) -> None:
    lines = drawn(a_view(), width, height)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width


def test_at_100_columns_nothing_is_cut() -> None:
    text = "\n".join(drawn(a_view()))
    assert "…" not in text
    assert "(-100%)" in text


def test_the_head_says_how_things_are() -> None:
    first, second, *_ = drawn(a_view())
    assert first == "Vitals  ● live   40 accounts · 51,000 events · 8.3 events/s · lag 3   1:23"
    assert second.rstrip() == "red 0 (MRR 0)   yellow 40 (MRR 200,000)   green 0 (MRR 0)"


def test_the_worst_account_is_on_top_with_its_change_since_the_start() -> None:
    row = drawn(a_view())[4]
    assert row.split()[:5] == ["kestrelpoint-insurance-00", "5,000", "20.0", "−10.0", "yellow"]


def test_an_account_that_came_later_is_new() -> None:
    assert drawn(a_view(start={"somebody-else": 1.0}))[4].split()[3] == "new"


def test_an_account_without_a_score_is_shown_without_one() -> None:
    reading = Reading(answers=(a_snapshot(score=None, tier="", components={}, mrr=None),))
    assert drawn(a_view(reading=reading))[4].split() == ["acme", "–", "–", "–", "–", "–"]


def test_accounts_in_a_standing_are_counted_apart_with_their_reason() -> None:
    gone = a_snapshot("gone", score=None, tier="", components={}, standing="churned")
    new = a_snapshot("new", score=None, tier="", components={}, unscored="use")
    view = a_view()
    answers = (*view.reading.answers[:3], gone, new)
    view = msgspec.structs.replace(view, reading=msgspec.structs.replace(view.reading, answers=answers))
    lines = drawn(view)
    assert "yellow 3 (MRR" in lines[1]
    assert "churned 1" in lines[1]
    (row,) = [line for line in lines if line.startswith("gone")]
    assert row.split()[-2:] == ["churned", "churned"], "its model, which would have a label, is not that one"
    (row,) = [line for line in lines if line.startswith("new ")]
    assert "No product use was ever seen" in row


def test_the_newest_alert_comes_first_and_says_why() -> None:
    older, newer = an_alert_step(account_id="older"), an_alert_step(account_id="newer")
    reading = Reading(answers=(a_snapshot(),), steps=(older, newer))
    text = "\n".join(drawn(a_view(reading=reading), width=140))
    assert text.index("▼ newer fell from green to red: 41.2 (−37.2).") < text.index("▼ older")
    assert "412 events of 22 October left the 30-day window." in text


def test_names_are_never_read_as_markup_and_cannot_move_the_cursor() -> None:
    hostile = "[red]x[/red]\x1b[2J"
    cause = Cause(kind="event", words="[/]\x1b[2J")
    reading = Reading(answers=(a_snapshot(hostile),), steps=(an_alert_step(account_id=hostile, cause=cause),))
    text = "\n".join(drawn(a_view(reading=reading)))
    assert "[red]x[/red] [2J" in text
    assert "\x1b" not in text


def test_before_there_are_scores_it_says_so() -> None:
    text = "\n".join(drawn(a_view(phase="loading the history", detail="(50 events)", reading=Reading(), commands=())))
    assert "● loading the history (50 events)" in text
    assert "No account has a score yet." in text


def test_what_is_wrong_is_said() -> None:
    assert "Redis does not serve" in "\n".join(drawn(a_view(reading=Reading(trouble="Redis does not serve"))))


@pytest.mark.parametrize(("is_terminal", "kind"), [(True, LiveScreen), (False, Lines)])
def test_a_terminal_gets_the_table_and_a_pipe_gets_lines(is_terminal: bool, kind: type) -> None:
    assert isinstance(open_screen(Console(file=io.StringIO(), force_terminal=is_terminal)), kind)


def test_the_last_table_is_left_on_the_terminal() -> None:
    written = io.StringIO()
    with LiveScreen(Console(file=written, force_terminal=True, width=100, height=40)) as screen:
        screen.show(a_view())
    normal_screen = written.getvalue().rpartition("\x1b[?1049l")[2]
    assert "kestrelpoint-insurance-00" in normal_screen


def told(*views: View) -> list[str]:
    written = io.StringIO()
    with Lines(Console(file=written, width=80)) as screen:
        for view in views:
            screen.show(view)
    return [line[10:] for line in written.getvalue().splitlines()]


def test_an_end_and_good_news_point_upwards() -> None:
    over = an_alert_step(step="resolved", status="resolved", reason="resolved", tier="green")
    assert [line for line in told(a_view(reading=Reading(answers=(a_snapshot(),), steps=(over,)))) if "▲ acme" in line]


def test_lines_tell_each_alert_once() -> None:
    lines = told(a_view(), a_view(seconds=84.0), a_view(seconds=95.0))
    assert len([line for line in lines if line.startswith("▼ acme fell from green to red")]) == 1


def test_lines_tell_addresses_and_commands_once() -> None:
    lines = told(a_view(phase="loading the history", commands=()), a_view(seconds=84.0), a_view(seconds=95.0))
    assert lines.count("worker: http://127.0.0.1:40000/metrics") == 1
    assert lines.count("try: VITALS_REDIS=redis://127.0.0.1:40010/0 vitals scores") == 1


def test_lines_tell_every_five_seconds_what_moved_most() -> None:
    now = Reading(answers=(a_snapshot("acme", score=61.2), a_snapshot("globex", score=70.0)))
    later = Reading(answers=(a_snapshot("acme", score=55.0), a_snapshot("globex", score=70.0)))
    start = {"acme": 60.0, "globex": 70.0}
    lines = told(
        a_view(start=start, reading=now, seconds=0.0),
        a_view(start=start, reading=later, seconds=4.9),
        a_view(start=start, reading=later, seconds=5.0),
    )
    assert [line for line in lines if line.startswith("moved")] == [
        "moved: acme 60.0 ▸ 61.2 (+1.2)",
        "moved: acme 61.2 ▸ 55.0 (−6.2)",
    ]
