"""What Python gives to the kernel's loop for a flush: its part of a head, once for as long as nothing of it changes."""

from __future__ import annotations

from typing import Any

from scoring.plan.plan import Plan
from streams.control.messages import SetOverride
from tests.builders import a_model, at_ms, usage
from tests.kernel.engine.run_line import RunLine
from tests.support.in_memory_cluster import FAR_FUTURE_MS

NOON = at_ms("2026-05-10T12:00Z")
MODEL = a_model(
    {"level": {"kind": "last", "property": "level"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)


def a_line() -> RunLine:
    return RunLine(Plan(MODEL), "event", FAR_FUTURE_MS, uses_kernel=True)


def flushed(line: RunLine, number: int) -> object:
    """Python's part of the account's head after the flush of another event."""
    line.send(usage("acme", NOON + number, level=50 + number))
    line.work()
    line.flush()
    return line.partitions[0].accounts["acme"].head_part


def test_it_is_given_again_while_the_account_stays_entered() -> None:
    line = a_line()
    parts = [flushed(line, number) for number in range(4)]
    assert parts[1]
    assert parts[1] is parts[2] is parts[3]


def test_it_is_made_again_when_python_has_changed_the_account() -> None:
    line = a_line()
    flushed(line, 0)
    about: dict[str, Any] = {"account_id": "acme", "score": 99, "reason": "why", "author": "ann"}
    line.control(SetOverride(instant_ms=NOON + 1, until_ms=NOON + 2, **about), 0)
    assert not flushed(line, 1), "an account with an override has left"
    assert not flushed(line, 2), "that it has ended is to be sent"
    before, after = flushed(line, 3), flushed(line, 4)
    assert before
    assert before is after


def test_it_is_not_kept_while_something_is_to_be_sent() -> None:
    line = a_line()
    flushed(line, 0)
    line.send(usage("acme", NOON + 1, level=1))
    line.work()
    assert line.partitions[0].accounts["acme"].outbox, "it changed its tier"
    line.flush()
    assert not line.partitions[0].accounts["acme"].head_part
    assert not flushed(line, 2), "it changed its tier back"
    assert flushed(line, 3)
