"""The data that `vitals up` shows, read from the running system: Redis, the worker's metrics, `alerts`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

import httpx
import msgspec
from aiokafka import TopicPartition

from alerts.step import CANARY_ACCOUNT, AlertStep
from scoring.event.topics import INPUT_TOPICS
from scoring.explain.explainer import Explainer
from scoring.result import ScoreSnapshot
from streams.deployment.environment import restricted_environment
from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer
from streams.read_model.port import ReadModelUnavailable
from streams.read_model.store import RedisReadModel
from streams.topics import ALERTS

with restricted_environment():
    from prometheus_client.parser import text_string_to_metric_families

REFRESH_SECONDS = 0.5
RATE_SECONDS = 5.0
"""Events per second are averaged over this many seconds."""
STEPS_KEPT = 50


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The system at one moment. `answers` are worst first; `steps` are those of cases that reach people,
    oldest first.

    `events` is how many the worker has processed since it started, `lag` the messages that it has not; `trouble` says
    what cannot be read at the moment.
    """

    answers: tuple[ScoreSnapshot, ...] = ()
    explainer: Explainer = msgspec.field(default_factory=lambda: Explainer({}))
    steps: tuple[AlertStep, ...] = ()
    events: int = 0
    events_a_second: float = 0.0
    lag: int = 0
    trouble: str = ""


class SystemReader:
    """Reads continuously; `reading` is the latest result. One event loop owns it."""

    def __init__(self, settings: Settings, worker_metrics: str) -> None:
        """`worker_metrics` is the URL of the worker's metrics."""
        self.reading = Reading()
        self._settings = settings
        self._worker_metrics = worker_metrics
        self._read_again = asyncio.Condition()
        self._steps: deque[AlertStep] = deque(maxlen=STEPS_KEPT)
        self._rates: deque[tuple[float, int]] = deque()
        self._changed_at = time.monotonic()

    async def run(self) -> None:
        """Read scores and metrics every half second, less often if there are very many. Never returns.

        A server that does not answer is reported as `trouble` and asked again.
        """
        logging.getLogger("httpx").setLevel(logging.WARNING)
        model = RedisReadModel.open(self._settings)
        try:
            async with httpx.AsyncClient(timeout=2.0, trust_env=False, verify=False) as client:
                while True:
                    began = time.monotonic()
                    await self._refresh(model, client)
                    await asyncio.sleep(max(REFRESH_SECONDS, 5 * (time.monotonic() - began)))
        finally:
            await model.close()

    async def follow_alerts(self) -> None:
        """Read told steps from now on, as they arrive. Never returns.

        Like the notifier, it skips those whose instant is long past: the history's.

        Raises:
            KafkaError: when no retry helps.
        """
        topic = self._settings.topic(ALERTS)
        partitions = [TopicPartition(topic, number) for number in range(self._settings.partitions)]
        consumer = new_consumer(self._settings, "up", auto_offset_reset="latest")
        decoder = msgspec.json.Decoder(AlertStep)
        try:
            await consumer.start()
            consumer.assign(partitions)
            for partition in partitions:
                await consumer.position(partition)
            async for message in consumer:
                with suppress(msgspec.DecodeError, UnicodeDecodeError):  # the notifier counts malformed ones
                    step = decoder.decode(message.value or b"")
                    is_news = message.timestamp - step.as_of_ms <= self._settings.max_notification_age_ms
                    is_shown = step.is_told and (step.reason != "action" or step.by)
                    if is_shown and is_news and step.account_id != CANARY_ACCOUNT:
                        self._steps.append(step)
        finally:
            await consumer.stop()

    async def until(self, condition: Callable[[Reading], bool]) -> Reading:
        """Wait for the first reading for which `condition` holds."""
        async with self._read_again:
            await self._read_again.wait_for(lambda: condition(self.reading))
            return self.reading

    @property
    def seconds_unchanged(self) -> float:
        """How long no score has changed."""
        return time.monotonic() - self._changed_at

    async def _refresh(self, model: RedisReadModel, client: httpx.AsyncClient) -> None:
        before = self.reading
        trouble = ""
        try:
            answers = tuple(await model.worst_first())
            explainer = await self._explainer(model, answers)
        except ReadModelUnavailable as error:
            answers, explainer, trouble = before.answers, before.explainer, str(error)
        try:
            events, lag = _counts((await client.get(self._worker_metrics)).text)
        except httpx.HTTPError:
            events, lag = before.events, before.lag
        if answers != before.answers:
            self._changed_at = time.monotonic()
        self.reading = Reading(
            answers=answers,
            explainer=explainer,
            steps=tuple(self._steps),
            events=events,
            events_a_second=self._rate(events),
            lag=lag,
            trouble=trouble,
        )
        async with self._read_again:
            self._read_again.notify_all()

    async def _explainer(self, model: RedisReadModel, answers: Iterable[ScoreSnapshot]) -> Explainer:
        """The one that there is, while it knows all models."""
        before = self.reading.explainer
        if all(before.plan(name, version) for name, version in {(each.model, each.model_version) for each in answers}):
            return before
        return Explainer(await model.models())

    def _rate(self, events: int) -> float:
        now = time.monotonic()
        self._rates.append((now, events))
        while now - self._rates[0][0] > RATE_SECONDS and len(self._rates) > 2:
            self._rates.popleft()
        since, first = self._rates[0]
        return (events - first) / (now - since) if now > since else 0.0


def _counts(page: str) -> tuple[int, int]:
    """(events processed, lag in messages) from the worker's metrics page; input topics only."""
    events = lag = 0.0
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels: Mapping[str, str] = sample.labels
            if labels.get("topic") not in INPUT_TOPICS:
                continue
            if sample.name == "vitals_events_total":
                events += sample.value
            elif sample.name == "vitals_lag_messages":
                lag += sample.value
    return int(events), int(lag)
