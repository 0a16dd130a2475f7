"""Charts of the book, the model and a case: what they show, in words and in places, and what they do without data."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dashboard.charts.bubbles import bubbles
from dashboard.charts.case_life import case_life, stops_of
from dashboard.charts.cause_bars import cause_bar
from dashboard.charts.guide_chart import guide_chart
from dashboard.charts.health_dots import dot_scale, health_dot
from dashboard.charts.histogram import histogram
from dashboard.charts.index_lines import index_lines, window
from dashboard.charts.tier_days import tier_days
from dashboard.values.portfolio import Bubble, Guide
from dashboard.wording.look import Look
from tests.support.page_samples.accounts import HOSTILE, HOUR_MS, NOW_MS, brief, case, least_case
from tests.support.page_samples.portfolio import BOUNDS, portfolio
from tests.support.page_samples.reading import Read

LOOK = Look(now_ms=NOW_MS, tiers=BOUNDS)
VIEW = portfolio()


def _all() -> dict[str, str]:
    days = [(each.day, each.accounts) for each in VIEW.days]
    tiers = [(name, LOOK.tone(name)) for name, _ in BOUNDS]
    return {
        "bubbles": bubbles(LOOK, VIEW.bubbles),
        "guide": guide_chart(LOOK, VIEW.guide),
        "index": index_lines(LOOK, VIEW.days),
        "days": tier_days("Tiers", "Red 5 ▸ 9.", days, tiers, {"red": "9 red"}),
        "histogram": histogram(LOOK, (1, 2, 3, 4) * 5, (4, 3, 2, 1) * 5),
        "life": case_life(LOOK, case()),
    }


@pytest.mark.parametrize("name", sorted(_all()))
def test_a_chart_is_well_formed_has_a_title_and_a_finding(name: str) -> None:
    drawn = _all()[name]
    read = Read(drawn)
    assert read.faults == []
    assert read.names["title"] == 1
    finding = re.search(r"<desc>(.*?)</desc>", drawn)
    assert finding is not None
    assert finding.group(1).endswith(".") or name == "guide"


@pytest.mark.parametrize("name", sorted(_all()))
def test_its_text_is_never_scaled(name: str) -> None:
    outer = _all()[name].partition(">")[0]
    assert "viewBox" not in outer
    assert 'width="100%"' in outer


def test_names_in_a_chart_are_text() -> None:
    hostile = Bubble(account_id="a", name=HOSTILE, mrr=10_000, score=20.0, tier="red", before=60.0)
    assert "<script" not in bubbles(LOOK, (hostile,))


def test_names_that_would_touch_are_left_out() -> None:
    same = [
        Bubble(account_id=f"a{n}", name=f"Account {n}", mrr=10_000, score=20.0, tier="red", before=None)
        for n in range(6)
    ]
    shown = bubbles(LOOK, same)
    assert 1 <= shown.count("t-12 halo") <= 2
    assert shown.count('class="f-red bub"') == 6


def test_without_data_there_is_no_chart() -> None:
    assert bubbles(LOOK, ()) == ""
    assert bubbles(LOOK, (replace(VIEW.bubbles[0], mrr=0.0),)) == ""
    assert index_lines(LOOK, ()) == ""
    assert "<rect" not in tier_days("Tiers", "", [], [("red", "red")], {})


def test_the_guide_says_how_far_each_tier_is_outside() -> None:
    words = Read(guide_chart(LOOK, VIEW.guide)).words
    assert "54.7 %, 5.3 under" in words
    assert "39.2 %, 9.2 over" in words
    assert "6.1 %, within" in words
    assert words.index("54.7 %") < words.index("39.2 %") < words.index("6.1 %")
    assert "<rect" not in guide_chart(LOOK, Guide(lines=(), verdict="", words=""))


def test_the_window_of_the_index_is_ten_points_at_least() -> None:
    assert window(50.0, 50.0) == (50.0, 60.0)
    assert window(0.0, 1.0) == (0.0, 10.0)
    assert window(12.0, 88.0) == (10.0, 90.0)


def test_a_bar_that_a_bound_divides_has_both_colours() -> None:
    drawn = histogram(
        replace(LOOK, tiers=(("red", 0.0), ("yellow", 45.0), ("green", 72.0))), (0,) * 14 + (5,) + (0,) * 5
    )
    assert drawn.count("f-yellow") == drawn.count("f-green") == 1


def test_the_life_of_a_case_has_each_status_and_ends_now_or_ahead() -> None:
    assert [stop.status for stop in stops_of(case())] == ["open", "acknowledged", "escalated"]
    words = Read(case_life(LOOK, case())).words
    assert "Opened Tue 24 Nov 10:32, acknowledged Wed 25 Nov 10:32, escalated Thu 26 Nov 10:32; next" in words
    over = replace(case(), brief=brief(status="resolved", until_ms=NOW_MS + HOUR_MS))
    assert "now" not in Read(case_life(LOOK, over)).words.split()
    assert "opened" in Read(case_life(LOOK, least_case())).words


def test_a_cause_without_points_has_no_bar_and_the_largest_reaches_the_end() -> None:
    assert 'width="82.0"' in cause_bar(-2.0, 2.0)
    assert "<rect" not in cause_bar(0.0, 0.0)


def test_bounds_that_are_close_have_their_numbers_at_their_outer_sides() -> None:
    assert 'class="e"' in dot_scale((68.0, 72.0), 84)
    assert 'class="e"' not in dot_scale((45.0, 75.0), 420)
    assert health_dot(50.0, None, "yellow", (45.0, 75.0)).count("circle") == 0
