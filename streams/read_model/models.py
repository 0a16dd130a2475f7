"""The models in the read model: copied from the compacted topic `models`, so that every score there can be explained.

A worker sends a model before the first score that the model made. So a projector that meets a score of a model that it
does not know reads `models` to its end before it writes that score.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer
from streams.read_model.port import ReadModel
from streams.topics import MODELS

log = logging.getLogger(__name__)

POLL_MS = 100
READ_SECONDS = 10.0
"""How long the end of `models` is waited for."""
LOOK_AGAIN_SECONDS = 1.0
"""How often the topic is read for a model that is missing."""


class ModelLog(Protocol):
    """The topic `models`, read from its beginning on."""

    async def read(self) -> Mapping[str, bytes]:
        """The models since the last call, up to the current end: the newest model of each key, as JSON.

        Blocks for seconds at most. Raises `KafkaError` when the brokers fail; the next call then returns the same
        models again.
        """
        ...


class KafkaModelLog:
    """`ModelLog` by a consumer of its own, without a group: every process has all models."""

    def __init__(self, settings: Settings, role: str = "projector") -> None:
        self._topic = settings.topic(MODELS)
        self._consumer: AIOKafkaConsumer = new_consumer(settings, role, auto_offset_reset="earliest")

    async def start(self) -> None:
        """Connect. Raises `KafkaError`."""
        await self._consumer.start()
        partitions = sorted(self._consumer.partitions_for_topic(self._topic) or {0})
        self._consumer.assign([TopicPartition(self._topic, number) for number in partitions])

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def read(self) -> Mapping[str, bytes]:
        """See `ModelLog.read`."""
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        deadline = time.monotonic() + READ_SECONDS
        found: dict[str, bytes] = {}
        while time.monotonic() < deadline:
            behind = [tp for tp, end in ends.items() if await self._consumer.position(tp) < end]
            if not behind:
                break
            for messages in (await self._consumer.getmany(*behind, timeout_ms=POLL_MS)).values():
                found.update((message.key.decode(), message.value) for message in messages if message.value)
        return found


class ModelShelf:
    """Keeps the models of the topic in the read model. Mutable; one event loop owns it."""

    def __init__(self, source: ModelLog, model: ReadModel) -> None:
        self._source = source
        self._model = model
        self._known: dict[str, bytes] = {}
        self._unwritten: dict[str, bytes] = {}
        self._read_at = -LOOK_AGAIN_SECONDS

    async def hold(self, keys: Iterable[str]) -> None:
        """Ensure that the read model has these models, as far as the topic has them.

        Raises:
            ReadModelUnavailable: when the read model does not answer.
        """
        if any(key not in self._known for key in keys) and time.monotonic() - self._read_at >= LOOK_AGAIN_SECONDS:
            await self._read()
        await self._write()

    def lost(self) -> None:
        """The read model may have lost models: write all of them before the next score."""
        self._unwritten = dict(self._known)

    async def keep(self, held: int) -> None:
        """Copy new models. The read model has `held` models now: fewer than were written means that it lost some.

        Raises:
            ReadModelUnavailable: when the read model does not answer.
        """
        await self._read()
        if held < len(self._known) - len(self._unwritten):
            self.lost()
        await self._write()

    async def _read(self) -> None:
        try:
            found = await self._source.read()
        except KafkaError as error:
            log.info("The topic of models is not read (%s); it is read again in a second.", error)
            return
        finally:
            self._read_at = time.monotonic()
        self._known.update(found)
        self._unwritten.update(found)

    async def _write(self) -> None:
        if self._unwritten:
            await self._model.write_models(self._unwritten)
            self._unwritten = {}
