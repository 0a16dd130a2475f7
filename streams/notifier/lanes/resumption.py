"""A lane that was killed on the way of a message: the same message again, or the rest of the work on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from alerts.delivery_record import GATHERED_AS, DeliveryOutcome
from alerts.gathered import Gathered, Gathering, Why
from alerts.sinks.port import Message, SinkMemory
from alerts.step import AlertStep
from streams.notifier.delivered_ids import DeliveredIds
from streams.notifier.lanes.manifest import Manifest, last_manifest, remember
from streams.notifier.mark import read_mark

_NOTHING = Manifest(message_id="", why="", ends={})


class Resumption:
    """What a lane does first when it gets its partitions: it reads up to where the message on its way reached."""

    def __init__(self, lane: str, sink: str, memory: SinkMemory, ids: DeliveredIds) -> None:
        self.is_on = False
        """Whether steps are still those of that message."""
        self.is_sent = False
        """Whether it was delivered already."""
        self.gathering = Gathering()
        """Its steps, unless it is a single one."""
        self._memory = memory
        self._lane = lane
        self._sink = sink
        self._ids = ids
        self._manifest = _NOTHING

    async def begin(self) -> Mapping[int, int] | None:
        """Look up the message. Returns the offsets up to which it reached, by partition; None if there is none.

        Raises:
            DeliveryFailed, DeliveredIdsUnavailable: when the memory does not answer.
        """
        self.gathering, self.is_on = Gathering(), False
        manifest = await last_manifest(self._memory)
        if manifest is None:
            return None
        mark_id = f"{self._sink}:{manifest.message_id}"
        self.is_sent = bool(manifest.why) and mark_id in await self._ids.marks([mark_id])
        self._manifest, self.is_on = manifest, True
        return manifest.ends

    async def remember(self, message: Message, why: str, ends: dict[int, int], doubted: Sequence[Message]) -> None:
        """Remember that `message` is about to be sent, which reaches up to `ends`, while `doubted` are in doubt. One
        about many that is in doubt stays remembered instead: it must be made again as it was."""
        is_amid = self.is_on and bool(self._manifest.why) and not why
        if is_amid or any(isinstance(each, Gathered) for each in doubted):
            return
        ids = tuple(each.id for each in doubted)
        manifest = Manifest(message_id=message.id, why=why, ends=ends, outage=message.outage, doubted=ids)
        await remember(self._memory, manifest)

    def take(self, step: AlertStep, mark: str | None) -> bool:
        """Whether `step` is a part of the message. Else it was delivered before, with `mark`, or is sent by itself."""
        if not self._manifest.why or step.id in self._manifest.doubted:
            return False
        is_marked = mark is not None and read_mark(mark).message_id == self._manifest.message_id != step.id
        if mark is not None and not is_marked:
            return False
        self.gathering.add(step)
        return True

    def end(self) -> None:
        """The message is done."""
        self.is_on = False
        self.gathering = Gathering()

    def message(self) -> Message:
        """The message again, of the gathered steps."""
        gathering, why = self.gathering, cast("Why", self._manifest.why)
        return gathering.only() or gathering.gathered(self._lane, why, self._manifest.outage)

    @property
    def message_id(self) -> str:
        """The id of the message."""
        return self._manifest.message_id

    @property
    def why(self) -> str:
        """What gathered the message; "" for a single step."""
        return self._manifest.why

    @property
    def result(self) -> tuple[DeliveryOutcome, str]:
        """As what its steps were delivered, and what made them wait."""
        return GATHERED_AS[cast("Why", self._manifest.why)], self._manifest.why
