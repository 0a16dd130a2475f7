"""Fills the next generation of the read model up to where the projectors have filled the serving one, and switches.

The projectors go on with the serving one meanwhile. The rebuild never passes them, and sends nothing to `history`: so
that topic has one writer. When it has caught up, the projectors are held for the moment of the switch. After it they
find another generation, read its progress, and go on from there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_admin, new_consumer
from streams.kafka.topic_ids import find_topics
from streams.read_model.history_log import HistoryLog, KafkaHistoryLog
from streams.read_model.messages import changes_in, models_of
from streams.read_model.models import KafkaModelLog, ModelShelf
from streams.read_model.port import Batch, ReadModel, WritesLost
from streams.read_model.rebuilding.generations import Generations
from streams.read_model.restoring import restore
from streams.read_model.store import RedisReadModel
from streams.redis.client import shown_address
from streams.redis.owner import identity_in, source_of
from streams.topics import SCORES

POLL_MS = 200
BATCH_MESSAGES = 2_000
CLOSE_MESSAGES = 2_000
"""With fewer messages left the projectors are held, so that the last ones can be read."""
CATCH_UP_SECONDS = 3.0
PAUSE_SECONDS = 0.5
"""After a switch that was not possible yet: the projectors go on meanwhile."""
Step = Literal["history", "scores", "switch"]
Report = Callable[[Step, int, int], None]
"""Called with a step, what is done of it, and how much it is: partitions of `history`, messages of `scores`."""


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What a rebuild did: the `generation` that serves now, the `accounts` in it, the `records` read back from
    `history`, the `messages` of `scores` read, and how long it took."""

    generation: int
    accounts: int
    records: int
    messages: int
    seconds: float


class ReadOnly:
    """A `HistoryLog` that is read, and not written."""

    is_kept = True

    def __init__(self, log: HistoryLog) -> None:
        self.source = log.source
        self._log = log

    async def send(self, partition: int, records: Mapping[str, bytes | None], /) -> None:
        """See `HistoryLog.send`: the projectors of the serving generation have written these."""

    def read(self, partition: int, /) -> AsyncIterator[list[tuple[str, bytes | None]]]:
        """See `HistoryLog.read`."""
        return self._log.read(partition)


class Rebuild:
    """One rebuild. `serving` and `building` are the read models of the two generations; `building` is given a
    `ReadOnly` history. `consumer` has all partitions of `scores` assigned, and belongs to no group."""

    def __init__(
        self,
        generations: Generations,
        serving: ReadModel,
        building: ReadModel,
        history: HistoryLog,
        shelf: ModelShelf,
        consumer: AIOKafkaConsumer,
        report: Report,
    ) -> None:
        self._generations = generations
        self._serving = serving
        self._building = building
        self._history = history
        self._shelf = shelf
        self._consumer = consumer
        self._report = report
        self._next: dict[TopicPartition, int] = {}
        self._restored: set[int] = set()
        self._records = self._messages = 0

    async def run(self, *, with_copies: bool) -> Rebuilt:
        """Fill and switch. `with_copies` moves activity and cases along as they are.

        Raises:
            UserError: when nothing serves yet, the serving one is broken, or another rebuild runs.
            ReadModelUnavailable: when Redis or Kafka does not answer; the serving generation goes on serving.
        """
        begun = time.monotonic()
        await self._generations.lock()
        try:
            await self._fill()
            await self._follow(with_copies=with_copies)
        except WritesLost as error:
            raise UserError("Redis has lost what this rebuild wrote: run `vitals rebuild` again.") from error
        finally:
            await self._generations.unlock()
        await self._generations.remove_serving()
        state = await self._serving.state()
        return Rebuilt(
            generation=self._generations.next.generation,
            accounts=state.accounts,
            records=self._records,
            messages=self._messages,
            seconds=round(time.monotonic() - begun, 1),
        )

    async def _fill(self) -> None:
        """Read back `history`, and place the reading of `scores` at its beginning."""
        await self._generations.remove_next()
        await self._restore(await self._held())
        for place in self._consumer.assignment():
            self._next[place] = 0
            self._consumer.seek(place, 0)

    async def _restore(self, held: Mapping[int, int]) -> None:
        """Read back `history` of those partitions that were not, yet."""
        for partition in sorted(set(held) - self._restored):
            self._report("history", len(self._restored), len(held))
            await self._generations.keep()
            self._records += await restore(self._history, self._shelf, self._building, partition)
            self._restored.add(partition)
        self._report("history", len(held), len(held))

    async def _follow(self, *, with_copies: bool) -> None:
        while True:
            if await self._read_on(await self._held()) > CLOSE_MESSAGES:
                continue
            await self._generations.hold()
            held, deadline = await self._held(), time.monotonic() + CATCH_UP_SECONDS
            while await self._read_on(held) and time.monotonic() < deadline:
                pass
            if await self._generations.switch(with_copies=with_copies):
                self._report("switch", 1, 1)
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def _held(self) -> dict[int, int]:
        """Up to where the serving one has taken in each partition."""
        state = await self._serving.state()
        if state.fault:
            raise UserError(
                f"The read model is broken: {state.fault}. See that `vitals project` runs: it fills it again."
            )
        if not state.held:
            raise UserError("No read model serves yet: start `vitals project`, which fills it.")
        return dict(state.held)

    async def _read_on(self, held: Mapping[int, int]) -> int:
        """Take in one fetch, up to `held` and no further; how many messages are missing after it."""
        await self._generations.keep()
        await self._restore(held)
        fetched = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_MESSAGES)
        for place in self._next:
            most, position = held.get(place.partition, 0), await self._consumer.position(place)
            # Offsets without a message (compacted, or a transaction's) are passed over.
            end = min(most, position)
            if end > self._next[place]:
                await self._write(place, [each for each in fetched.get(place, ()) if each.offset < end], end)
            if position > self._next[place]:
                self._consumer.seek(place, self._next[place])
        done = {place.partition: end for place, end in self._next.items()}
        missing = sum(max(0, most - done.get(partition, 0)) for partition, most in held.items())
        self._report("scores", sum(held.values()) - missing, sum(held.values()))
        return missing

    async def _write(self, place: TopicPartition, messages: Sequence[Any], end: int) -> None:
        changes = changes_in(messages, lambda: None)
        await self._shelf.hold(models_of(change.answer for change in changes))
        await self._building.write(Batch(partition=place.partition, start=self._next[place], end=end, changes=changes))
        self._messages += len(messages)
        self._next[place] = end


async def rebuild(settings: Settings, report: Report, *, with_copies: bool) -> Rebuilt:
    """Rebuild the read model of a deployment; see `Rebuild.run`.

    Raises also `UserError` for what the settings cannot reach, and `KafkaError`.
    """
    log, models = KafkaHistoryLog(settings, "rebuild"), KafkaModelLog(settings, "rebuild")
    serving = RedisReadModel.open(settings)
    consumer = new_consumer(settings, "rebuild", auto_offset_reset="earliest")
    try:
        log.follow(identity_in(await source_of(settings, SCORES)))
        await models.start()
        await consumer.start()
        consumer.assign(await _places(settings))
        generations = Generations(serving.redis, await serving.keys(), shown_address(settings))
        history = ReadOnly(log)
        building = RedisReadModel(serving.redis, generations.next, address=shown_address(settings), history=history)
        shelf = ModelShelf(models, building)
        work = Rebuild(generations, serving, building, history, shelf, consumer, report)
        return await work.run(with_copies=with_copies)
    finally:
        await consumer.stop()
        await models.stop()
        await serving.close()


async def _places(settings: Settings) -> list[TopicPartition]:
    name = settings.topic(SCORES)
    admin = new_admin(settings, "rebuild")
    try:
        await admin.start()
        found = (await find_topics(admin, [name])).get(name)
    finally:
        await admin.close()
    if found is None:
        raise UserError(f"Kafka has no topic {name}: start `vitals worker` first.")
    return [TopicPartition(name, number) for number in range(found.partitions)]
