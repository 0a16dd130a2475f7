"""Numbers, spans and instants as text: signs, thousands, bounds, years, zones."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.wording.look import Look
from dashboard.wording.numbers import (
    axis_money,
    delta_text,
    money_text,
    number_text,
    percent_text,
    points_text,
    score_text,
)
from dashboard.wording.times import day_text, instant_text, iso_day, local, span_text, zone_of

NOW_MS = 1_795_703_527_000
"""Thu 26 Nov 2026 14:32:07 UTC."""
TODAY = date(2026, 11, 26)
BOUNDS = (45.0, 75.0)
NO_BREAK = "−"


@given(st.floats(0, 100))
def test_a_score_is_never_written_as_one_of_another_tier(score: float) -> None:
    shown = float(score_text(score, BOUNDS))
    assert abs(shown - score) <= 0.05 + 1e-9
    for bound in BOUNDS:
        assert (shown >= bound) == (score >= bound) or bound - score < 1e-5


@given(st.floats(-200, 200))
def test_a_change_has_its_sign_unless_it_is_nothing(points: float) -> None:
    text = delta_text(points)
    assert text == "0.0" if abs(points) < 0.05 - 1e-9 else True
    assert "-" not in text
    assert (text[0] == "+") == (round(points, 1) > 0)
    assert (text[0] == NO_BREAK) == (round(points, 1) < 0)


@given(st.floats(-1e9, 1e9))
def test_money_is_read_back_as_it_was(amount: float) -> None:
    text = money_text(amount)
    assert int(text.replace(NO_BREAK, "-").replace("$", "").replace(",", "")) == round(amount)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (money_text(0.4), "$0"),
        (money_text(-0.4), "$0"),
        (money_text(1_234_567, "XAU"), "1,234,567 XAU"),
        (money_text(0, signed=True), "$0"),
        (axis_money(0), "$0"),
        (axis_money(25_000), "$25k"),
        (percent_text(-0.0004, 1), "0.0 %"),
        (percent_text(0.0, signed=True), "0 %"),
        (percent_text(1.0), "100 %"),
        (number_text(0.0), "0"),
        (number_text(-0.04), "0"),
        (number_text(100.0, 0), "100"),
        (number_text(1e9, 0), "1,000,000,000"),
        (points_text(14.37, 2), "14.37"),
        (delta_text(-9.999, 2), "−10.00"),
    ],
)
def test_a_number_is_written_so(text: str, wanted: str) -> None:
    assert text == wanted


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0, "Thu 26 Nov"),
        (7, "Thu 3 Dec"),
        (8, "4 Dec"),
        (-7, "Thu 19 Nov"),
        (49, "14 Jan"),
        (327, "19 Oct 2027"),
        (-92, "26 Aug"),
        (-360, "1 Dec 2025"),
    ],
)
def test_a_day_has_its_year_only_where_another_could_be_meant(days: int, text: str) -> None:
    assert day_text(TODAY + timedelta(days=days), TODAY) == text


def test_an_instant_is_in_the_zone_of_the_reader() -> None:
    tokyo = zone_of("Asia/Tokyo")
    assert instant_text(NOW_MS, NOW_MS, tokyo) == "Thu 26 Nov 23:32"
    assert Look(now_ms=NOW_MS, zone=tokyo).clock(NOW_MS) == "23:32:07 JST"
    assert Look(now_ms=NOW_MS, zone=tokyo).machine(NOW_MS) == "2026-11-26T14:32:07Z"


@pytest.mark.parametrize("name", ["Nowhere/At all", "", "../etc/passwd", "x" * 500, "\0"])
def test_a_zone_that_is_none_is_utc(name: str) -> None:
    assert local(NOW_MS, zone_of(name)).utcoffset() == timedelta(0)


@pytest.mark.parametrize("at_ms", [-(10**18), 10**18])
def test_an_instant_beyond_the_calendar_is_at_its_end(at_ms: int) -> None:
    assert local(at_ms).year in (1970, 9999)


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 min"), (61, "1 h 01 min"), (1440, "1 d"), (1500, "1 d 1 h"), (10_140, "7 d")]
)
def test_a_span_has_two_units_at_most(minutes: int, text: str) -> None:
    assert span_text(minutes * 60_000) == text


@pytest.mark.parametrize("text", ["soon", "", "2026-13-01", "<b>"])
def test_a_date_that_is_none_stays_as_it_is(text: str) -> None:
    assert iso_day(text) is None
    assert Look(now_ms=NOW_MS).iso_day(text) == (text or "–")


def test_nothing_is_a_dash_and_zero_is_zero() -> None:
    look = Look(now_ms=NOW_MS)
    given_none = (look.score(None), look.delta(None), look.money(None), look.number(None), look.percent(None))
    assert set(given_none) == {"–"}
    assert (look.day(None), look.instant(None), look.ago(None), look.whole(None)) == ("–", "–", "–", "")
    assert (look.score(0.0), look.money(0.0), look.ago(NOW_MS)) == ("0.0", "$0", "today")


@pytest.mark.parametrize("count", range(1, 8))
def test_the_worst_tier_is_red_and_the_best_green_however_many_there_are(count: int) -> None:
    tiers = tuple((f"t{number}", 100.0 * number / count) for number in range(count))
    look = Look(now_ms=0, tiers=tiers)
    tones = [look.tone(name) for name, _ in tiers]
    assert tones[-1] == "green"
    assert count == 1 or tones[0] == "red"
    assert look.bands()[-1][2] == 100.0
    assert [look.tier_of(bound) for _, bound in tiers] == [name for name, _ in tiers]
