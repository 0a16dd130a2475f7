"""One command for each thing that people do; the second of two learns who was first."""

from __future__ import annotations

import asyncio

import pytest

from alerts.case_action import ref_of
from scoring.instants import DAY_MS
from streams.control.messages import CaseCommand, encode_control
from streams.interactions.acting import FIRST_SECONDS, Acting, CommandNotSent, First, command_of
from streams.interactions.first_actors import LocalFirstActors
from tests.builders import an_alert_step
from tests.fakes import ManualClock
from tests.unit.streams.interactions.fakes import InMemoryCommandLog

REF = ref_of(an_alert_step())


def acting(clock: ManualClock | None = None) -> tuple[Acting, InMemoryCommandLog]:
    log = InMemoryCommandLog()
    return Acting(log, LocalFirstActors((clock or ManualClock()).monotonic)), log


async def test_a_snooze_ends_a_day_after_it_was_asked_for() -> None:
    act, log = acting()
    assert await act.act(REF, "snooze_24h", "ann", 5_000) is None
    assert log.sent == [
        CaseCommand(
            instant_ms=5_000,
            account_id="acme",
            command="snooze",
            author="ann",
            rule="tier",
            until_ms=5_000 + DAY_MS,
            case=REF.case,
        )
    ]


async def test_a_repeated_request_gives_the_same_bytes() -> None:
    act, log = acting()
    for _ in range(3):
        assert await act.act(REF, "acknowledge", "ann", 5_000) is None
    assert len({encode_control(command) for command in log.sent}) == 1


async def test_of_two_at_once_one_is_first_and_the_other_learns_who() -> None:
    act, log = acting()
    log.gate = asyncio.Event()
    both = asyncio.gather(act.act(REF, "acknowledge", "ann", 5_000), act.act(REF, "acknowledge", "bo", 5_001))
    await asyncio.sleep(0)
    log.gate.set()
    assert list(await both) == [None, First(author="ann", at_ms=5_000)]
    assert [command.author for command in log.sent] == ["ann"]


async def test_another_action_and_another_step_of_the_case_are_other_things() -> None:
    act, log = acting()
    await act.act(REF, "acknowledge", "ann", 5_000)
    assert await act.act(REF, "resolve", "bo", 5_001) is None
    assert await act.act(ref_of(an_alert_step(step_number=2)), "acknowledge", "bo", 5_002) is None
    assert len(log.sent) == 3


async def test_later_the_engine_alone_decides() -> None:
    clock = ManualClock()
    act, log = acting(clock)
    await act.act(REF, "acknowledge", "ann", 5_000)
    clock.seconds += FIRST_SECONDS
    assert await act.act(REF, "acknowledge", "bo", 5_001) is None
    assert len(log.sent) == 2


async def test_what_was_not_sent_is_nobodys() -> None:
    act, log = acting()
    log.is_down = True
    with pytest.raises(CommandNotSent):
        await act.act(REF, "acknowledge", "ann", 5_000)
    log.is_down = False
    assert await act.act(REF, "acknowledge", "bo", 5_001) is None


def test_every_action_is_a_command() -> None:
    assert [command_of(REF, action, "a", 1).command for action in ("acknowledge", "snooze_7d", "resolve", "wake")] == [
        "acknowledge",
        "snooze",
        "resolve",
        "wake",
    ]
