"""A flush that is prepared in parts, of an account that changes again after it was prepared.

No output of either part is lost in a crash, and none is sent twice without one."""

from __future__ import annotations

import pytest

from scoring.instants import HOUR_MS
from tests.scenarios.cases.test_cases import NOON, level, line_of
from tests.support.in_memory_cluster import Line, Reached

LEVELS = (80, 30, 90, 20, 80)


def lined() -> Line:
    line = line_of()
    for number, value in enumerate(LEVELS):
        line.send(level(value, NOON + number * HOUR_MS))
    return line


def prepared(*, parts: int) -> Line:
    """acme has changed its tier before each part, and once more before the rest."""
    line = lined()
    line.step()
    for _ in range(parts):
        line.step()
        line.partitions[0].prepare_part(line.now_ms)
    line.work()
    return line


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize(
    ("reached", "groups"),
    [("some records", 1), ("some records", 2), ("some records", 9), ("records", 0), ("outputs", 0), ("offsets", 0)],
)
def test_after_a_crash_nothing_is_missing(parts: int, reached: Reached, groups: int) -> None:
    whole, line = lined(), prepared(parts=parts)
    whole.settle()
    line.crash(0, reached, groups)
    line.settle()
    assert line.notifications == whole.notifications
    assert line.steps == whole.steps
    assert [each.sequence for each in line.notifications] == [1, 2, 3, 4]


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_without_a_crash_nothing_is_sent_twice(parts: int) -> None:
    whole, line = lined(), prepared(parts=parts)
    whole.settle()
    line.settle()
    assert line.bodies == whole.bodies
    assert line.step_bodies == whole.step_bodies
    line.crash(0, "offsets")
    line.settle()
    assert line.bodies == whole.bodies, "what was acknowledged is not sent again"
