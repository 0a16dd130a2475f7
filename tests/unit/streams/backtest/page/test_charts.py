"""Plots as SVG."""

from __future__ import annotations

import re

from streams.backtest.estimate import NONE, Estimate
from streams.backtest.page.charts import Dot, Span, dots, lead_times, percent_ticks, reliability
from streams.backtest.report import Decile, LeadTime

TICKS = ((0.0, "0"), (1.0, "1"))


def test_a_figure_lies_where_its_value_is_and_its_range_from_low_to_high() -> None:
    svg = dots("areas", [Dot("default", Estimate(0.5, 0.25, 0.75), "c0", "0.50")], TICKS, half=0.5)
    middle = Span(0, 1, 10, 368).at(0.5)
    assert f'<circle cx="{middle}"' in svg
    low, high = Span(0, 1, 10, 368).at(0.25), Span(0, 1, 10, 368).at(0.75)
    assert re.search(rf'class="range" x1="{low}" y1="[\d.]+" x2="{high}"', svg)
    assert f'class="half" x1="{middle}"' in svg


def test_a_figure_without_a_value_has_no_row_and_no_rows_no_plot() -> None:
    assert dots("areas", [Dot("default", NONE, "c0", "–")], TICKS) == ""
    two = dots("areas", [Dot("a", NONE, "c0", "–"), Dot("b", Estimate(0.3), "c0", "0.30")], TICKS)
    assert two.count("<circle") == 1


def test_who_does_not_see_it_is_told_the_figures() -> None:
    svg = dots("areas", [Dot("<a>", Estimate(0.5), "c0", "0.50")], TICKS)
    assert 'role="img"' in svg
    assert "<title>areas</title><desc>&lt;a&gt; 0.50</desc>" in svg


def test_shares_have_an_axis_that_holds_them() -> None:
    assert percent_ticks([Dot("a", Estimate(0.03, 0.0, 0.07), "c0", "")])[-1] == (0.1, "10 %")
    assert percent_ticks([Dot("a", Estimate(0.9, 0.8, 1.0), "c0", "")])[-1] == (1.0, "100 %")
    assert percent_ticks([])[-1] == (0.05, "5 %")


def test_a_tenth_that_keeps_its_word_lies_on_the_line() -> None:
    tenth = Decile(rows=9, score_from=1, score_to=2, predicted=0.2, observed=Estimate(0.2, 0.1, 0.4))
    svg = reliability("reliability", [tenth])
    assert '<circle cx="220.0" cy="155.0"' in svg
    assert reliability("reliability", []) == ""


def test_lead_times_are_a_bar_from_quarter_to_quarter_with_a_mark_at_the_median() -> None:
    time = LeadTime(
        flag="red",
        churned=9,
        caught=9,
        share_caught=NONE,
        p25=Estimate(5.0),
        p50=Estimate(10.0),
        p75=Estimate(20.0),
    )
    svg = lead_times("lead", [time])
    assert svg.count("<rect") == 1
    assert ">10 d<" in svg
    nobody = LeadTime(flag="red", churned=9, caught=0, share_caught=NONE, p25=NONE, p50=NONE, p75=NONE)
    assert lead_times("lead", [nobody]) == ""
