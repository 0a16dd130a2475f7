"""What is made again after a kill, while messages are in doubt."""

from __future__ import annotations

from alerts.gathered import Gathered, Gathering
from alerts.step import AlertStep
from streams.notifier.lanes.resumption import Resumption
from tests.builders import an_alert_step
from tests.fakes import InMemoryDeliveredIds, InMemorySinkMemory, ManualClock

LANE, SINK = "default/recording", "recording"


def gathered(*steps: AlertStep) -> Gathered:
    gathering = Gathering()
    for step in steps:
        gathering.add(step)
    return gathering.gathered(LANE, "storm", "")


class Bench:
    def __init__(self) -> None:
        self.memory, self.ids = InMemorySinkMemory(), InMemoryDeliveredIds(ManualClock())

    def started(self) -> Resumption:
        return Resumption(LANE, SINK, self.memory, self.ids)


async def test_a_step_in_doubt_is_no_part_of_a_later_message_that_was_delivered() -> None:
    bench = Bench()
    doubted, one, two = (an_alert_step(sequence=number) for number in (1, 2, 3))
    storm = gathered(one, two)
    await bench.started().remember(storm, "storm", {0: 3}, [doubted])
    await bench.ids.mark_sent(f"{SINK}:{storm.id}")
    again = bench.started()
    assert await again.begin() == {0: 3}
    assert again.is_sent
    assert [again.take(step, None) for step in (doubted, one, two)] == [False, True, True]
    assert again.message() == storm


async def test_a_message_about_many_that_is_in_doubt_stays_remembered() -> None:
    bench = Bench()
    one, two, later = (an_alert_step(sequence=number) for number in (1, 2, 3))
    storm, lane = gathered(one, two), bench.started()
    await lane.remember(storm, "storm", {0: 2}, [])
    await lane.remember(later, "", {0: 3}, [storm])
    again = bench.started()
    assert await again.begin() == {0: 2}
    assert all(again.take(step, None) for step in (one, two))
    assert again.message() == storm


async def test_a_step_in_doubt_that_is_sent_amid_a_resumption_leaves_the_message_remembered() -> None:
    bench = Bench()
    doubted, one, two = (an_alert_step(sequence=number) for number in (1, 2, 3))
    await bench.started().remember(gathered(one, two), "storm", {0: 3}, [doubted])
    again = bench.started()
    await again.begin()
    await again.remember(doubted, "", {0: 1}, [])
    assert await bench.started().begin() == {0: 3}
