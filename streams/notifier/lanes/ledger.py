"""What became of the steps of a lane, until it is recorded and their offsets can be committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from alerts.delivery_record import GATHERED_AS, DeliveryOutcome, DeliveryRecord
from alerts.gathered import Gathered, Gathering
from alerts.sinks.port import Message
from alerts.step import AlertStep
from scoring.instants import rfc3339
from streams.notifier.delivered_ids import DeliveredIds
from streams.notifier.lanes.delivery_log import DeliveryLog
from streams.notifier.mark import Mark

_DELIVERED: tuple[DeliveryOutcome, ...] = ("delivered", "in_digest", "in_storm", "in_summary")


class Part(NamedTuple):
    """A step of a message."""

    step_id: str
    account_id: str
    rule: str


def part_of(step: AlertStep) -> Part:
    """A message of one step, as a part."""
    return Part(step.id, step.account_id, step.rule)


def parts_of(gathering: Gathering) -> list[Part]:
    """All steps of what is gathered."""
    return [Part(step_id, *about) for step_id, about in zip(gathering.ids, gathering.about, strict=True)]


class _Sending(NamedTuple):
    """A message on its way, with all its steps."""

    message_id: str
    parts: Sequence[Part]


class Ledger:
    """The results of one lane that are not recorded yet, in their order. `now_ms` is the wall clock."""

    def __init__(self, route: str, sink: str, ids: DeliveredIds, log: DeliveryLog, now_ms: Callable[[], int]) -> None:
        self._route = route
        self._sink = sink
        self._lane = f"{route}/{sink}"
        self._ids = ids
        self._log = log
        self._now_ms = now_ms
        self._entries: list[DeliveryRecord | _Sending] = []
        self._results: dict[str, tuple[DeliveryOutcome, str, str, str]] = {}
        """By message: outcome, what made it wait, why it was refused, when."""

    def __bool__(self) -> bool:
        return bool(self._entries)

    def note(self, step: AlertStep, outcome: DeliveryOutcome, message_id: str = "", held_by: str = "") -> None:
        """`step` is done without a delivery."""
        part, at = part_of(step), rfc3339(self._now_ms())
        self._entries.append(self._record(part, message_id, (outcome, held_by, "", at)))

    def repeat(self, step: AlertStep, mark: Mark) -> None:
        """`step` was delivered before: by this lane, whose record is written again, or to the same sink by another."""
        is_own = mark.lane == self._lane
        self.note(step, mark.outcome if is_own else "duplicate", mark.message_id, mark.held_by if is_own else "")

    def sending(self, message_id: str, parts: Sequence[Part]) -> None:
        """A message with these steps is about to be delivered; `report` says what became of it."""
        if not any(isinstance(entry, _Sending) and entry.message_id == message_id for entry in self._entries):
            self._entries.append(_Sending(message_id, parts))

    def report(self, message: Message, outcome: DeliveryOutcome, held_by: str, why: str) -> None:
        """What became of a message; see `delivery.Report`. The last report of a message counts."""
        if isinstance(message, Gathered):
            # The id of a message about many is this lane's own: it was delivered before a crash.
            gathered_as = GATHERED_AS[message.why]
            self.result(message.id, gathered_as if outcome == "duplicate" else outcome, message.why, why)
        else:
            self.result(message.id, outcome, held_by, why)

    def result(self, message_id: str, outcome: DeliveryOutcome, held_by: str, why: str = "") -> None:
        """The same, by the message's id."""
        self._results[message_id] = (outcome, held_by, why, rfc3339(self._now_ms()))

    async def settle(self) -> None:
        """Mark the steps of delivered messages, then record everything. May be called again after an error.

        Raises:
            DeliveredIdsUnavailable: when the ids cannot be marked.
            KafkaError: when the records are not acknowledged.
        """
        records: list[DeliveryRecord] = []
        for entry in self._entries:
            if isinstance(entry, DeliveryRecord):
                records.append(entry)
            elif (result := self._results.get(entry.message_id)) is not None:
                await self._mark(entry, result)
                records += [self._record(part, entry.message_id, result) for part in entry.parts]
        await self._log.write(records)
        self.clear()

    def clear(self) -> None:
        """Forget everything: it is recorded, or no longer this lane's."""
        self._entries.clear()
        self._results.clear()

    async def _mark(self, entry: _Sending, result: tuple[DeliveryOutcome, str, str, str]) -> None:
        outcome, held_by, *_ = result
        others = [f"{self._sink}:{part.step_id}" for part in entry.parts if part.step_id != entry.message_id]
        if others and outcome in _DELIVERED:
            await self._ids.mark_all(others, Mark(self._lane, entry.message_id, outcome, held_by).text())

    def _record(self, part: Part, message_id: str, result: tuple[DeliveryOutcome, str, str, str]) -> DeliveryRecord:
        outcome, held_by, why, at = result
        return DeliveryRecord(
            step_id=part.step_id,
            account_id=part.account_id,
            rule=part.rule,
            outcome=outcome,
            at=at,
            route=self._route,
            sink=self._sink,
            message_id=message_id,
            held_by=held_by,
            why=why,
        )
