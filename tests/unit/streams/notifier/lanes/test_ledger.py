"""What is recorded of a lane's steps, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from alerts.delivery_record import DeliveryRecord
from alerts.gathered import gathered_of
from streams.notifier.delivered_ids import DeliveredIdsUnavailable
from streams.notifier.lanes.delivery_log import DeliveryLog
from streams.notifier.lanes.ledger import Ledger, part_of
from streams.notifier.mark import Mark
from tests.builders import an_alert_step
from tests.fakes import InMemoryDeliveredIds, ManualClock

STEPS = [an_alert_step(sequence=number) for number in range(1, 4)]


class RecordingLog(DeliveryLog):
    """Keeps the records."""

    def __init__(self) -> None:
        self.records: list[DeliveryRecord] = []

    async def write(self, records: Sequence[DeliveryRecord]) -> None:
        """See `DeliveryLog.write`."""
        self.records += records


class Bench:
    """A ledger of the lane day/slack."""

    def __init__(self) -> None:
        self.clock = ManualClock(seconds=0.0)
        self.ids = InMemoryDeliveredIds(self.clock)
        self.log = RecordingLog()
        self.ledger = Ledger("day", "slack", self.ids, self.log, self.clock.now_ms)

    async def outcomes(self) -> list[tuple[str, str, str]]:
        """Settle; (outcome, message, what made it wait) of all records."""
        await self.ledger.settle()
        return [(each.outcome, each.message_id, each.held_by) for each in self.log.records]


async def test_all_steps_of_a_digest_are_marked_and_then_recorded() -> None:
    bench, digest = Bench(), gathered_of(STEPS, "day/slack", "digest")
    bench.ledger.sending(digest.id, [part_of(step) for step in STEPS])
    bench.ledger.report(digest, "in_digest", "", "")
    assert await bench.outcomes() == [("in_digest", digest.id, "digest")] * 3
    marks = await bench.ids.marks([f"slack:{step.id}" for step in STEPS])
    assert set(marks.values()) == {Mark("day/slack", digest.id, "in_digest", "digest").text()}
    assert not bench.ledger


async def test_the_last_report_counts_where_a_refusal_was_in_doubt() -> None:
    bench = Bench()
    bench.ledger.sending(STEPS[0].id, [part_of(STEPS[0])])
    bench.ledger.report(STEPS[0], "refused", "", "answered 400")
    bench.ledger.report(STEPS[0], "delivered", "sink", "")
    assert await bench.outcomes() == [("delivered", STEPS[0].id, "sink")]


async def test_what_this_lane_delivered_before_is_recorded_as_it_was_and_anothers_as_a_duplicate() -> None:
    bench = Bench()
    bench.ledger.repeat(STEPS[0], Mark("day/slack", "m1", "in_digest", "digest"))
    bench.ledger.repeat(STEPS[1], Mark("red/slack", "m2", "delivered", ""))
    bench.ledger.note(STEPS[2], "stale")
    assert await bench.outcomes() == [("in_digest", "m1", "digest"), ("duplicate", "m2", ""), ("stale", "", "")]


async def test_nothing_is_recorded_before_all_is_marked() -> None:
    bench, digest = Bench(), gathered_of(STEPS, "day/slack", "digest")
    bench.ids.down_until_seconds = 10.0
    bench.ledger.sending(digest.id, [part_of(step) for step in STEPS])
    bench.ledger.report(digest, "in_digest", "", "")
    with pytest.raises(DeliveredIdsUnavailable):
        await bench.ledger.settle()
    assert bench.log.records == []
    bench.clock.seconds = 10.0
    assert len(await bench.outcomes()) == 3
