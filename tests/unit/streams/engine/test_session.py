"""What a session writes, commits and drops when the group, the logs or the clock are not as it left them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import msgspec
import pytest

from scoring.plan.plan import Plan
from streams.deployment.settings import Settings
from streams.engine import flush_cycle
from streams.engine.engine import new_partition
from streams.engine.flush import Flush
from streams.engine.partition.partition import Partition
from streams.engine.session import Session
from streams.errors import UnreadableMessage
from streams.topics import TOPICS
from tests.batches import batches_of, broken_behind
from tests.builders import Message, a_model, usage
from tests.session_ports import CountingWriter, Ended, SteadyPorts

PLAN = Plan(a_model({"n": {"kind": "count", "window": "2h"}}))
SETTINGS = Settings(partitions=1)
PLACE = ("analytics", 0)
NOTHING_COMMITTED = {(topic, 0): 0 for topic in TOPICS}


def a_session(settings: Settings = SETTINGS) -> tuple[Session, SteadyPorts, CountingWriter]:
    ports, writer = SteadyPorts(settings, PLAN), CountingWriter()
    return Session(settings, PLAN, ports.with_writer(writer)), ports, writer


async def owning() -> tuple[Session, SteadyPorts, CountingWriter]:
    """A session that owns partition 0, and has applied one event of it."""
    session, ports, writer = a_session()
    assert await session.assigned([0], 1)
    session.reset_positions(NOTHING_COMMITTED)
    feed(session, 0)
    assert session.work() == 1
    return session, ports, writer


def feed(
    session: Session,
    *offsets: int,
    position: int = 0,
    end: int | None = None,
    account: str = "acme",
    number: int = 0,
) -> None:
    """Messages of analytics at these offsets; every other topic of the partition is at its end."""
    now_ms = int(time.time() * 1_000)
    value = usage(at=now_ms, account=account).value
    messages = [Message(offset, now_ms, account.encode(), value) for offset in offsets]
    last = max([position, *[offset + 1 for offset in offsets]])
    place = (TOPICS[0], number)
    session.feed(place, batches_of(messages), position=position, end=last if end is None else end)
    for topic in TOPICS[1:]:
        session.feed((topic, number), [], position=0, end=0)


# --- a flush


async def test_a_flush_is_written_and_committed_after_a_commit_that_changes_nothing() -> None:
    session, ports, writer = await owning()
    await session.flush()
    assert (writer.records, writer.outputs) == (1, 1)
    assert ports.commits == [{PLACE: 0}, {PLACE: 1}]


async def flushed_in(seconds: float) -> tuple[Session, SteadyPorts]:
    """A session whose flushes take so long, after its first."""
    session, ports, writer = await owning()
    writer.meanwhile = lambda: setattr(ports, "seconds", ports.seconds + seconds)
    await session.flush(may_wait=True)
    assert len(ports.commits) == 2
    return session, ports


async def test_while_there_is_more_to_read_a_flush_waits_for_some_times_as_long_as_the_last_one_took() -> None:
    session, ports = await flushed_in(0.5)
    feed(session, 1, end=3)
    session.work()
    ports.seconds += 1.9
    await session.flush(may_wait=True)
    assert len(ports.commits) == 2
    ports.seconds += 0.2
    await session.flush(may_wait=True)
    assert ports.commits[2:] == [{PLACE: 1}, {PLACE: 2}]


async def test_at_the_end_of_the_inputs_the_regular_flush_does_not_wait() -> None:
    session, ports = await flushed_in(10)
    feed(session, 1)
    session.work()
    await session.flush(may_wait=True)
    assert ports.commits[2:] == [{PLACE: 1}, {PLACE: 2}]


async def test_however_long_a_flush_takes_the_next_waits_no_longer_than_it_may() -> None:
    session, ports = await flushed_in(10)
    feed(session, 1, end=3)
    session.work()
    ports.seconds += SETTINGS.catch_up_flush_ms / 1_000 + 0.1
    await session.flush(may_wait=True)
    assert ports.commits[2:] == [{PLACE: 1}, {PLACE: 2}]


class LoggingWriter(CountingWriter):
    """`log` has of each flush, in the order of writing, its partition and whether it has offsets."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[int, bool]] = []

    async def write_changelog(self, flushes: Sequence[Flush]) -> None:
        await super().write_changelog(flushes)
        self.log += [(flush.partition, bool(flush.offsets)) for flush in flushes]
        await asyncio.sleep(0.01)


async def test_a_large_flush_is_written_in_steps_and_an_alert_between_two_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flush_cycle, "STEP_ACCOUNTS", 1)
    settings = msgspec.structs.replace(SETTINGS, partitions=2, settle_ms=0)
    ports, writer = SteadyPorts(settings, PLAN), LoggingWriter()
    session = Session(settings, PLAN, ports.with_writer(writer))
    assert await session.assigned([0, 1], 1)
    session.reset_positions({(topic, number): 0 for topic in TOPICS for number in range(2)})
    feed(session, 0)
    feed(session, 0, account="globex", number=1)
    assert session.work() == 2
    urgent: list[asyncio.Future[None]] = []

    def change_tier() -> None:
        if not urgent:
            feed(session, *range(1, 10), account="globex", number=1)
            assert session.work() == 9
            assert session.flush_signal.is_set()
            urgent.append(asyncio.ensure_future(session.flush(transitions_only=True)))

    writer.meanwhile = change_tier
    await session.flush()
    await urgent[0]
    assert writer.log == [(0, True), (1, False), (1, True)]
    assert [commit for commit in ports.commits if any(commit.values())][-1] == {("analytics", 1): 10}


async def test_a_flush_that_waited_for_another_one_writes_nothing_again() -> None:
    ports, writer = SteadyPorts(SETTINGS, PLAN), LoggingWriter()
    session = Session(SETTINGS, PLAN, ports.with_writer(writer))
    assert await session.assigned([0], 1)
    session.reset_positions(NOTHING_COMMITTED)
    feed(session, 0)
    assert session.work() == 1
    await asyncio.gather(session.flush(), session.flush())
    assert writer.log == [(0, True)]
    assert ports.commits == [{PLACE: 0}, {PLACE: 1}]


def assigned_again(session: Session, ports: SteadyPorts) -> None:
    session.revoked()


def moved_on(session: Session, ports: SteadyPorts) -> None:
    ports.generation = 2


async def test_what_came_before_a_message_that_cannot_be_read_is_committed_and_nothing_behind_it() -> None:
    session, ports, writer = await owning()
    now_ms = int(time.time() * 1_000)
    before, behind = ([Message(offset, now_ms, b"acme", usage(at=now_ms).value)] for offset in (1, 3))
    session.feed(PLACE, [broken_behind(before), *batches_of(behind)], position=4, end=4)
    with pytest.raises(UnreadableMessage):
        session.work()
    session.feed(PLACE, [], position=4, end=4)
    with pytest.raises(UnreadableMessage):
        await session.finish(PLACE)
    await session.flush()
    assert ports.commits[-1] == {PLACE: 2}
    assert writer.outputs == 1


@pytest.mark.parametrize("meanwhile", [assigned_again, moved_on])
async def test_a_flush_goes_no_further_when_the_group_moves_on(
    meanwhile: Callable[[Session, SteadyPorts], None],
) -> None:
    session, ports, writer = await owning()
    writer.meanwhile = lambda: meanwhile(session, ports)
    await session.flush()
    assert (writer.records, writer.outputs) == (1, 0)
    assert ports.commits == [{PLACE: 0}]


async def test_a_process_whose_commit_is_refused_writes_nothing() -> None:
    session, ports, writer = await owning()
    ports.accepts_commits = False
    await session.flush()
    assert writer.records == 0


async def test_what_is_not_assigned_any_more_is_not_committed() -> None:
    session, ports, writer = await owning()
    writer.meanwhile = lambda: ports.unassigned.add(PLACE)
    await session.flush()
    assert ports.commits == [{PLACE: 0}]


async def test_a_stale_session_writes_nothing_and_takes_nothing() -> None:
    session, ports, writer = await owning()
    ports.generation = 2
    await session.flush()
    assert writer.records == 0
    feed(session, 1)
    assert session.engine.held == 0
    assert session.work() == 0


async def test_a_failed_write_ends_the_process_without_a_commit() -> None:
    session, ports, writer = await owning()

    def fail() -> None:
        raise TimeoutError("no acknowledgement")

    writer.meanwhile = fail
    with pytest.raises(Ended, match="a flush failed"):
        await session.flush()
    assert ports.commits == [{PLACE: 0}]


# --- an assignment


async def test_before_positions_are_known_nothing_is_fed_written_or_committed() -> None:
    session, ports, writer = a_session()
    assert await session.assigned([0], 1)
    feed(session, 0)
    assert (session.engine.held, session.work()) == (0, 0)
    await session.flush()
    assert (writer.records, ports.commits) == (0, [])


async def test_a_restore_that_the_group_has_moved_past_owns_nothing() -> None:
    session, ports, _ = a_session()
    ports.while_restoring = lambda: setattr(ports, "generation", 2)
    assert not await session.assigned([0], 1)
    assert session.engine.partitions == {}
    assert session.is_stale


async def test_revoked_partitions_are_dropped_with_what_was_not_flushed() -> None:
    session, _, writer = await owning()
    session.revoked()
    await session.flush()
    assert session.engine.partitions == {}
    assert writer.records == 0


async def test_commits_without_any_state_end_the_process() -> None:
    session, _, _ = a_session()
    await session.assigned([0], 1)
    with pytest.raises(Ended, match="the state is gone"):
        session.reset_positions({**NOTHING_COMMITTED, PLACE: 7})


async def test_a_recreated_topic_ends_the_process() -> None:
    session, ports, _ = a_session()

    def partition_with_ids(number: int, generation: int) -> Partition:
        partition = new_partition(number, SETTINGS, PLAN, generation)
        partition.topic_ids = {"analytics": "old"}
        return partition

    ports.make_partition = partition_with_ids
    ports.ids = {"analytics": "new"}
    with pytest.raises(Ended, match="analytics was recreated"):
        await session.assigned([0], 1)


async def test_two_of_one_static_name_do_not_take_it_from_each_other_for_ever() -> None:
    named = msgspec.structs.replace(SETTINGS, group_instance_id="worker-3")
    session, ports, _ = a_session(named)
    assert await session.assigned([0], 1)
    assert await session.assigned([0], 1)  # the younger of the two goes on
    ports.seconds += named.session_timeout_ms / 1_000 + 1
    with pytest.raises(Ended, match="another process took the name 'worker-3'"):
        await session.assigned([0], 1)


# --- reading


async def test_what_was_read_before_is_not_taken_twice() -> None:
    session, _, _ = await owning()
    feed(session, 0, 1)
    assert session.engine.held == 1


async def test_a_gap_is_reported_and_passed() -> None:
    session, ports, _ = await owning()
    feed(session, 5)
    assert ports.gaps == [(PLACE, 1, 5)]
    assert session.work() == 1
    feed(session, position=9)
    assert session.engine.applied(*PLACE) == 8


async def test_a_log_that_is_shorter_than_what_was_applied_ends_the_process_when_the_brokers_say_so_too() -> None:
    session, ports, _ = await owning()
    feed(session, end=0)
    await session.check_truncation()  # its end cannot be had now
    feed(session, end=0)
    ports.ends[PLACE] = 1
    await session.check_truncation()
    feed(session, end=0)
    ports.ends[PLACE] = 0
    with pytest.raises(Ended, match="ends at offset 0, and 0 was applied already"):
        await session.check_truncation()


# --- liveness


async def test_a_process_that_stood_still_for_half_the_session_timeout_ends() -> None:
    session, ports, writer = await owning()
    ports.seconds += SETTINGS.session_timeout_ms / 2_000 + 1
    with pytest.raises(Ended, match="stood still"):
        await session.flush()
    assert writer.records == 0


async def test_a_process_that_owns_nothing_may_stand_still() -> None:
    session, ports, _ = a_session()
    session.check_alive()
    ports.seconds += SETTINGS.session_timeout_ms
    session.check_alive()
    assert await session.assigned([0], 1)
    session.check_alive()
