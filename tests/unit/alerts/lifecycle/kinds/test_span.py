"""The highest value of a span, against a list of all values."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from alerts.lifecycle.kinds import span

WITHIN = 100


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 10_000)), min_size=1, max_size=40), st.integers(1, 200))
def test_it_is_the_true_highest_to_within_a_step(moves: list[tuple[int, int]], step: int) -> None:
    memory: list[int] = []
    instants = list(accumulate(gap for gap, _ in moves))
    for index, at_ms in enumerate(instants):
        span.observe(memory, moves[index][1], at_ms, WITHIN, step)
        ends = [*instants[1 : index + 1], at_ms + 1]
        held = [value for (_, value), end in zip(moves, ends, strict=False) if end > at_ms - WITHIN]
        found = span.highest(memory, at_ms, WITHIN)
        assert max(held) - step < found <= max(max(held), moves[0][1] if index == 0 else found)
        if step == 1:
            assert found == max(held)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 10_000)), min_size=1, max_size=60))
def test_it_keeps_falling_values_and_few_of_them(moves: list[tuple[int, int]]) -> None:
    memory: list[int] = []
    at_ms = 0
    for gap, value in moves:
        at_ms += gap
        span.observe(memory, value, at_ms, WITHIN, 100)
    earlier, ends = memory[2::2], memory[1::2]
    assert earlier == sorted(set(earlier), reverse=True)
    assert all(value > memory[0] for value in earlier)
    assert ends == sorted(ends)
    assert len(earlier) <= span.KEPT_LIMIT


def test_the_number_of_kept_values_is_bounded() -> None:
    memory: list[int] = []
    for number in range(10_000):
        span.observe(memory, 10**6 - number * 100, number, 10**9, 100)
    assert len(memory) == 1 + 2 * span.KEPT_LIMIT
    assert span.highest(memory, 10_000, 10**9) == 10**6


def test_a_value_that_holds_has_not_left_the_span_however_long_ago_it_was_recorded() -> None:
    memory: list[int] = []
    span.observe(memory, 8_000, 0, WITHIN, 100)
    span.observe(memory, 5_000, 10**6, WITHIN, 100)
    assert span.highest(memory, 10**6, WITHIN) == 8_000
    assert span.highest(memory, 10**6 + WITHIN, WITHIN) == 5_000
    assert span.next_expiry(memory, WITHIN) == 10**6 + WITHIN


def test_a_shift_changes_no_difference() -> None:
    memory = [50, 7, 80]
    span.shift(memory, -20)
    assert memory == [30, 7, 60]
