"""Drawings of one account: what stands where, what they say in words, and that no name can break out of them."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from dashboard.charts import shapes
from dashboard.charts.earned_bar import earned_bar
from dashboard.charts.radar import radar
from dashboard.charts.risk_bar import risk_bar
from dashboard.charts.sparkline import sparkline
from dashboard.charts.trajectory import MIDDLE, NARROW, WIDE, WIDEST, Size, finding, trajectory_chart
from dashboard.charts.waterfall import axis, waterfall
from dashboard.charts.week_bars import week_bars
from dashboard.values.account import Axis, Trajectory
from dashboard.wording.look import Look
from tests.support.page_samples.accounts import HOSTILE, NOW_MS
from tests.support.page_samples.one_account import BOUNDS, COMPONENTS, trajectory

LOOK = Look(now_ms=NOW_MS, tiers=BOUNDS)
SIZES = (WIDEST, WIDE, MIDDLE, NARROW)


def read(drawing: Markup) -> ET.Element:
    """The drawing as XML: it must be well formed."""
    return ET.fromstring(str(drawing))


def words(drawing: Markup) -> list[str]:
    return ["".join(text.itertext()) for text in read(drawing).iter("text")]


@pytest.mark.parametrize("size", SIZES)
def test_every_drawing_has_a_title_and_a_finding(size: Size) -> None:
    drawings = (
        trajectory_chart(LOOK, trajectory(), HOSTILE, size),
        sparkline(LOOK, (60.0, 50.0, 40.0), 40.0, "red"),
        radar(LOOK, [Axis(label=HOSTILE, value=50.0, median=60.0)] * 5),
        week_bars((1, 2, 3), 3),
    )
    for drawing in drawings:
        root = read(drawing)
        assert root.get("role") == "img"
        assert (root.findtext("title") or "") != ""
        assert len(root.findtext("desc") or "") > 10
        assert root.get("style") is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("weeks", [4, 8, 12, 52])
def test_everything_of_a_trajectory_lies_in_its_drawing(size: Size, weeks: int) -> None:
    root = read(trajectory_chart(LOOK, trajectory(weeks), "Acme", size))
    for element in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert -0.1 <= float(element.get(name) or 0) <= size.width
        for name in ("y", "y1", "y2", "cy"):
            assert -0.1 <= float(element.get(name) or 0) <= size.height


def test_a_trajectory_names_bounds_pins_model_now_and_the_crossing() -> None:
    said = words(trajectory_chart(LOOK, trajectory(), "Acme"))
    assert {"green from 75", "yellow from 45", "now", "1", "2", "default v3 to v4", "red Sat 28 Nov 14:32"} <= set(said)
    assert "3" not in said, "a cause before these weeks has no pin"


def test_a_day_without_a_score_is_a_gap() -> None:
    assert str(trajectory_chart(LOOK, trajectory(), "Acme")).count('class="ln"') == 2


def test_the_finding_of_a_trajectory_is_a_sentence_with_its_numbers() -> None:
    assert finding(LOOK, trajectory()) == (
        "From 90.0 on 1 Oct to 57.9 now, yellow; lowest 57.9 on 26 Nov; red on Sat 28 Nov 14:32 if nothing arrives."
    )


def test_an_account_without_history_has_axes_and_says_so() -> None:
    empty = Trajectory(weeks=8, components=(), days=(), bounds=BOUNDS)
    drawing = trajectory_chart(LOOK, empty, "Acme")
    assert "now" in words(drawing)
    assert "No score in these weeks." in str(drawing)


def test_dates_stand_apart() -> None:
    for size in SIZES:
        for weeks in (4, 8, 12, 52):
            root = read(trajectory_chart(LOOK, trajectory(weeks), "Acme", size))
            foot = size.height - 8
            dates = [each for each in root.iter("text") if float(each.get("y") or 0) == foot]
            places = sorted(float(each.get("x") or 0) for each in dates)
            gaps = [after - before for before, after in pairwise(places)]
            assert min(gaps) >= 30, (size.width, weeks, places)


# --- sparkline


def points_of(drawing: Markup) -> list[tuple[float, float]]:
    found = re.findall(r"([\d.]+),([\d.]+)", " ".join(re.findall(r'points="([^"]+)"', str(drawing))))
    return [(float(x), float(y)) for x, y in found]


def test_slopes_compare_between_rows() -> None:
    """Ten points are as high in a row at the top of the scale as in one at its foot."""
    heights = []
    for level in (20.0, 80.0):
        closes = (level, level, level + 10, level + 10, level + 10)
        ys = [y for _, y in points_of(sparkline(LOOK, closes, level + 10, "red"))]
        heights.append(max(ys) - min(ys))
    assert heights[0] == pytest.approx(heights[1], abs=0.11)
    assert heights[0] == pytest.approx(24 / 5, abs=0.11)


def test_a_sparkline_stays_in_its_box_and_breaks_where_nothing_is_known() -> None:
    closes = [None if day in (30, 31) else float(day) for day in range(85)]
    drawing = sparkline(LOOK, closes, 100.0, "green")
    assert str(drawing).count("<polyline") == 2
    assert all(0 <= x <= 88 and 0 <= y <= 28 for x, y in points_of(drawing))


def test_a_sparkline_of_nothing_is_a_dash() -> None:
    assert "–" in sparkline(LOOK, (None, None), None, "")
    assert "–" in sparkline(LOOK, (), None, "")


# --- the others


def test_the_bars_of_the_waterfall_end_at_the_score() -> None:
    lost = [round(possible - earned, 1) for _, earned, possible, _ in COMPONENTS]
    bars = waterfall(LOOK, lost, 57.9, "yellow")
    last = [line for line in read(bars.rows[-1]).iter("line") if line.get("class") == "conn"][-1]
    assert last.get("x1") == "57.9%"
    assert read(bars.score).find(".//rect[@class='f-yellow']") is not None
    assert words(axis(LOOK)) == ["0", "45", "75", "100"]


def test_points_that_a_person_gave_back_go_to_the_right() -> None:
    bar = read(waterfall(LOOK, (40.0, -20.0), 80.0, "green").rows[1]).find(".//rect[@class='earned']")
    assert bar is not None
    assert (bar.get("x"), bar.get("width")) == ("60%", "20%")


def test_a_radar_needs_three_axes() -> None:
    assert radar(LOOK, [Axis(label="a", value=1.0, median=None)] * 2) == ""
    lonely = radar(LOOK, [Axis(label="a", value=None, median=None)] * 3)
    assert str(lonely).count("<polygon") == 1, "no median, no second shape"


@pytest.mark.parametrize(("at_risk", "most"), [(None, 10.0), (0.0, 0.0), (5.0, 0.0)])
def test_a_bar_of_nothing_is_empty(at_risk: float | None, most: float) -> None:
    assert "<rect" not in risk_bar(at_risk, most)
    assert "<rect" not in earned_bar(at_risk or 0.0, 0.0, 0.0)


def test_words_in_a_drawing_are_escaped() -> None:
    assert shapes.text("<b>&", 0, 0) == '<text x="0" y="0">&lt;b&gt;&amp;</text>'
    assert "<script>" not in str(trajectory_chart(LOOK, trajectory(), HOSTILE))


@pytest.mark.parametrize("tone", ["red", "yellow", "green", "mid", "none", "unheard of"])
def test_each_tier_has_a_shape_of_its_own(tone: str) -> None:
    shapes_of = {shapes.mark(each, 5, 5, 10).split(" d=")[1] for each in ("red", "yellow", "green", "mid", "none")}
    assert len(shapes_of) == 5
    assert ET.fromstring(f"<svg>{shapes.mark(tone, 5, 5, 10)}</svg>").find("path") is not None
