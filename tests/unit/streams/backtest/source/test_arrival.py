"""When an event counts as known."""

from __future__ import annotations

from streams.backtest.source.arrival import ARRIVED, AUTO, chosen, words
from streams.backtest.source.survey import Survey


def test_lines_in_order_arrive_in_it_and_others_when_they_happened() -> None:
    assert chosen(AUTO, Survey(events=100, late=5)) == "order"
    assert chosen(AUTO, Survey(events=100, late=6)) == "event"
    assert chosen("received_at", Survey(events=100, late=6)) == "received_at"


def test_each_rule_is_told() -> None:
    assert words("event", "event") == "an event counts from when it happened"
    assert words("event", AUTO).endswith("since lines are in no order of arrival")
    assert "lines seem to arrive" in words("order", AUTO)
    assert "its message" in words(ARRIVED, ARRIVED)
    assert "its received_at" in words("received_at", "received_at")
