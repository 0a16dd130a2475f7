"""How rows are measured in turn. Nothing here is timed."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from bench.contenders.rounds import measure
from bench.contenders.row import Row
from bench.contenders.terms import Job, Promise, Terms
from bench.fixture import Setup
from bench.report import Line, Sample
from streams.errors import UserError

ROUNDS = 3
SETUP = Setup(
    address="127.0.0.1:1",
    broker_pid=0,
    prefix="p-",
    events=100,
    accounts=1,
    until_ms=0,
    watch_seconds=1.0,
    stock_events=1,
    idempotent=1,
    scratch="/nowhere",
)


def row(name: str, once: Callable[[Setup], Sample], why_not: str = "") -> Row:
    terms = Terms(Job.NARROW, Promise.ONCE)
    return Row(name=name, terms=terms, does="", measure=once, why_not=why_not, is_ours=name == "us")


def measured(*every_row: Row, within_seconds: float = 60.0) -> list[Line]:
    return measure(SETUP, every_row, ROUNDS, Console(file=io.StringIO()), within_seconds)[0]


def test_rows_are_measured_in_turn_and_then_all_again() -> None:
    order: list[str] = []

    def noting(name: str) -> Row:
        def once(setup: Setup) -> Sample:
            order.append(name)
            return Sample(1, 1.0, 1.0)

        return row(name, once)

    lines = measured(noting("us"), noting("them"))
    assert order == ["us", "them"] * ROUNDS
    assert [len(line.samples) for line in lines] == [ROUNDS, ROUNDS]


def test_no_round_begins_that_would_end_too_late_but_the_first_does() -> None:
    (line,) = measured(row("us", lambda setup: Sample(1, 1.0, 1.0)), within_seconds=0.0)
    assert len(line.samples) == 1


def test_a_peer_that_fails_is_not_tried_again_and_its_row_says_so() -> None:
    tried: list[str] = []

    def fail(setup: Setup) -> Sample:
        tried.append("once")
        raise UserError("mvn is missing: install it.\nAnd more.")

    us, them = measured(row("us", lambda setup: Sample(1, 1.0, 1.0)), row("them", fail))
    assert len(us.samples) == ROUNDS
    assert (them.samples, tried) == ((), ["once"])
    assert them.why_not == "it failed when it was run: mvn is missing: install it."


def test_when_our_own_row_fails_all_ends() -> None:
    def fail(setup: Setup) -> Sample:
        raise UserError("the worker came to a stop")

    with pytest.raises(UserError, match="came to a stop"):
        measured(row("us", fail))


def test_a_row_that_cannot_be_measured_here_is_not_tried() -> None:
    (absent,) = measured(row("absent", lambda setup: pytest.fail("it was tried"), why_not="no wheel"))
    assert (absent.samples, absent.why_not) == ((), "no wheel")
