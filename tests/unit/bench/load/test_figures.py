"""Percentiles, and the comparison event by event."""

from __future__ import annotations

import pytest

from bench.load.figures import percentile_ms, verdict_of


def test_a_percentile_is_a_value_that_was_measured() -> None:
    latencies = [each / 1_000 for each in range(1, 101)]
    assert percentile_ms(latencies, 0.99) == pytest.approx(99.0)
    assert percentile_ms(latencies, 0.5) == pytest.approx(50.0)
    assert percentile_ms([0.007], 0.99) == pytest.approx(7.0)


def test_a_copy_on_a_topic_that_counts_once_is_neither_lost_nor_doubled() -> None:
    found = verdict_of({1, 2}, {1: 3, 2: 1}, {"a": 2}, {"a": {1, 2}}, 2)
    assert (found.lost, found.doubled, found.copies, found.restarts) == (0, 0, 2, 2)


def test_an_event_that_was_acknowledged_and_is_nowhere_is_lost() -> None:
    assert verdict_of({1, 2}, {1: 1}, {"a": 1}, {"a": {1}}, 0).lost == 1


def test_an_event_that_arrived_without_an_acknowledgement_is_no_fault() -> None:
    found = verdict_of({1}, {1: 1, 2: 1}, {"a": 2}, {"a": {1, 2}}, 0)
    assert (found.lost, found.doubled) == (0, 0)


def test_what_counts_twice_in_state_is_doubled_and_what_does_not_count_is_lost() -> None:
    found = verdict_of({1, 2, 3}, {1: 2, 2: 1, 3: 1}, {"a": 3, "b": 0}, {"a": {1, 2}, "b": {3}}, 0)
    assert (found.lost, found.doubled) == (1, 1)
