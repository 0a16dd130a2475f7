"""Publishing: a file of events to the input topics, as a producer would, and its closing tick; and overrides."""

from __future__ import annotations

import asyncio
import functools
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping

import msgspec
from aiokafka.errors import InvalidTimestampError, KafkaError

from scoring.event.event import FUTURE_TOLERANCE_MS, Event, EventDecoder, Rejected
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import rfc3339
from streams.control.messages import Control, EndOverride, SetOverride, Tick, encode_control
from streams.deployment.settings import Settings
from streams.errors import Interrupted, UserError
from streams.kafka.clients import new_producer
from streams.kafka.errors import mend
from streams.kafka.retention import Rules, refusal
from streams.kafka.topic_admin import Topology, ensure_topics
from streams.replay.event_file import EventFile, Line
from streams.replay.event_line import Refusals, Refused, moved_to, read_event
from streams.replay.similar_accounts import Lookalikes, Spelled
from streams.replay.undated_lines import REFUSED, Undated
from streams.topics import CONTROL, partition_of

IN_FLIGHT_MAX = 20_000
"""Events sent and not yet acknowledged: beyond it reading waits."""
BATCH_BYTES = 256 * 1024
REQUEST_MAX_BYTES = 1_040_000  # the largest event, its key and what Kafka adds; just below the brokers' default
REQUEST_TIMEOUT_MS = 20_000
CONNECT_SECONDS = 20.0
STALL_SECONDS = 60.0
STOP_SECONDS = 5.0
_PACE_SECONDS = 0.002

Progress = Callable[[int], None]
"""Told how many bytes of the file are read."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file. `events` counts the acknowledged by topic; `tick` is "" when none was sent.

    `twins` are accounts that look alike and are counted apart, `spelled` those that came in several spellings, and
    `unusable_ids` counts by field what is no id, of an event or a user.
    """

    events: dict[str, int]
    refused: tuple[Refused, ...]
    seconds: float
    tick: str
    twins: tuple[tuple[str, ...], ...] = ()
    spelled: tuple[Spelled, ...] = ()
    unusable_ids: dict[str, int] = {}

    @property
    def total(self) -> int:
        """How many events were acknowledged."""
        return sum(self.events.values())


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How the file's times are told: `shift_ms` is added to each. An event without a timestamp is `undated`: where it
    is dated now, `undated_ms` is that, before the shift; 0 stands for wall time."""

    shift_ms: int = 0
    undated: Undated = Undated()
    undated_ms: int = 0


def as_if_now(file: EventFile, now_ms: int, undated: Undated = REFUSED) -> Timing:
    """The timing by which the file's last event happens at `now_ms`. Reads the file through, and rewinds it.

    Raises:
        UserError: when the file cannot be read.
    """
    decoder = EventDecoder()
    last_ms = 0
    for _, line in file.lines():
        try:
            last_ms = max(last_ms, read_event(decoder, line, 0, now_ms, time_field=undated.field)[0].occurred_at_ms)
        except Rejected:
            continue  # refused, and counted, when it is its turn to be sent
    file.rewind()
    if not last_ms:
        return Timing(undated=undated)
    return Timing(shift_ms=now_ms - last_ms, undated=undated, undated_ms=last_ms if undated.is_now else 0)


async def publish(
    settings: Settings,
    file: EventFile,
    *,
    timing: Timing,
    rate: float | None = None,
    tick_ms: int | None = None,
    progress: Progress = lambda position: None,
) -> Published:
    """Send the file's events, in its order, and return when all are acknowledged.

    Each goes to its account's partition, with the account for key and the event's time for the message's, so that
    the worker can merge the topics by time. With `rate`, that many events a second. With `tick_ms`, a declaring tick
    goes to every partition of `control` after the last acknowledgement, unless no event was sent. Topics are created
    where they are missing. Not idempotent: events without an id count again when the file is published again.

    Raises:
        UserError: when the file, the broker or the topics fail; it says how many events were acknowledged.
    """
    if tick_ms is not None and tick_ms > _wall_ms() + FUTURE_TOLERANCE_MS:
        raise UserError(f"The tick {rfc3339(tick_ms)} lies in the future, and would be refused: give an earlier one.")
    topology = await ensure_topics(settings, "publish", deadline_seconds=CONNECT_SECONDS)
    rules = {name: topology.seen[settings.topic(name)].rules for name in INPUT_TOPICS}
    if tick_ms is not None:
        _check_control(settings, topology, tick_ms)
    started = time.monotonic()
    reading = _Reading()
    sender = _Sender(settings)
    try:
        await sender.start()
        await _send_all(sender, file, timing, rate, reading, progress, rules)
        await sender.settle(in_flight=0)
        ticked = tick_ms if sender.acknowledged else None
        if ticked is not None:
            await sender.control(Tick(instant_ms=ticked, declare=True), range(settings.partitions))
    except (KafkaError, TimeoutError, UserError) as error:
        await sender.stop()
        raise sender.failure(error) from error
    except asyncio.CancelledError:
        await sender.stop()
        raise sender.interrupted() from None
    finally:
        await sender.stop()
    return Published(
        events=dict(sender.acknowledged),
        refused=reading.refusals.by_reason(),
        seconds=time.monotonic() - started,
        tick="" if ticked is None else rfc3339(ticked),
        twins=reading.lookalikes.twins(),
        spelled=reading.lookalikes.spelled(),
        unusable_ids=dict(reading.decoder.unusable),
    )


async def send_override(settings: Settings, control: SetOverride | EndOverride) -> None:
    """Send an override, or the end of one, to its account's partition of `control`; returns when it is acknowledged.

    The message's time is the override's instant. Topics are created where they are missing. Sent again after a
    failure, it takes the place of the first.

    Raises:
        UserError: when the broker or the topics fail.
    """
    topology = await ensure_topics(settings, "override", deadline_seconds=CONNECT_SECONDS)
    _check_control(settings, topology, control.instant_ms)
    sender = _Sender(settings)
    home = partition_of(control.account_id.encode(), settings.partitions)
    try:
        await sender.start()
        await sender.control(control, [home])
    except (KafkaError, TimeoutError) as error:
        raise UserError(
            f"The broker at {settings.kafka} did not acknowledge the override ({_reason(error)}): "
            f"{mend(error, 'see that it runs')}, and give the command again."
        ) from error
    finally:
        await sender.stop()


async def _send_all(
    sender: _Sender,
    file: EventFile,
    timing: Timing,
    rate: float | None,
    reading: _Reading,
    progress: Progress,
    rules: Mapping[str, Rules],
) -> None:
    undated = timing.undated
    pace = _Pace(rate)
    async for lines in _chunks(file):
        for number, line in lines:
            now_ms = _wall_ms()
            undated_ms = (timing.undated_ms or now_ms) if undated.is_now else 0
            try:
                event, value = reading.event(line, undated_ms, now_ms, undated.field)
                instant_ms = event.occurred_at_ms + timing.shift_ms
                _check_age(sender.name_of(event.topic), rules[event.topic], instant_ms, now_ms)
            except Rejected as rejected:
                reading.refusals.add(number, rejected)
                continue
            if timing.shift_ms:
                value = moved_to(value, instant_ms)
            await pace.wait()
            await sender.send(event.topic, event.account_id, value, instant_ms)
        progress(file.position)


def _check_age(topic: str, rules: Rules, instant_ms: int, now_ms: int) -> None:
    """Raises `Rejected` for what its topic would not take, or delete before it is read."""
    code, words = refusal(topic, rules, instant_ms, now_ms)
    if code:
        raise Rejected(code, words)


def _check_control(settings: Settings, topology: Topology, instant_ms: int) -> None:
    name = settings.topic(CONTROL)
    code, words = refusal(name, topology.seen[name].rules, instant_ms, _wall_ms())
    if code:
        raise UserError(f"A control message of {rfc3339(instant_ms)} would be of no use: {words}.")


class _Reading:
    """The reader of the lines, and what is told of them at the end."""

    def __init__(self) -> None:
        self.decoder = EventDecoder()
        self.refusals = Refusals()
        self.lookalikes = Lookalikes()

    def event(self, line: bytes, undated_ms: int, now_ms: int, time_field: str) -> tuple[Event, bytes]:
        """As `read_event`."""
        return read_event(self.decoder, line, undated_ms, now_ms, self.lookalikes, time_field)


async def _chunks(file: EventFile) -> AsyncIterator[list[Line]]:
    """The file's lines as they come in. While a pipe has none, the event loop goes on and what was sent is sent."""
    loop = asyncio.get_running_loop()
    while True:
        is_readable = asyncio.Event()
        try:
            loop.add_reader(file.fileno(), is_readable.set)
        except PermissionError:
            pass  # a file on a disk, which is always readable
        else:
            await is_readable.wait()
            loop.remove_reader(file.fileno())
        lines = file.read()
        if lines is None:
            return
        yield lines


class _Pace:
    """So many events a second, and as many as can be when there is no `rate`."""

    def __init__(self, rate: float | None) -> None:
        self._seconds_each = 1 / rate if rate else 0.0
        self._next = time.monotonic()

    async def wait(self) -> None:
        """Wait until the next event is due."""
        if not self._seconds_each:
            return
        ahead = self._next - time.monotonic()
        self._next += self._seconds_each
        if ahead > _PACE_SECONDS:
            await asyncio.sleep(ahead)


class _Sender:
    """The producer, a bound on what is in flight, and the tally by topic of what is acknowledged."""

    def __init__(self, settings: Settings) -> None:
        self.acknowledged: Counter[str] = Counter()
        self.unknown = 0
        """Events that were sent, and of which no answer came."""
        self._settings = settings
        self._in_flight: deque[tuple[str, asyncio.Future[object]]] = deque()
        self._home = functools.lru_cache(maxsize=100_000)(functools.partial(_home, partitions=settings.partitions))
        self._producer = new_producer(
            settings,
            "publish",
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_MAX_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )

    async def start(self) -> None:
        """Connect.

        Raises:
            UserError: when the broker does not take a producer of this kind.
        """
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_MS / 1_000):
                await self._producer.start()
        except (KafkaError, TimeoutError) as error:
            if not self._settings.idempotent:
                raise
            raise UserError(
                f"The broker at {self._settings.kafka} takes no idempotent producer ({_reason(error)}): set "
                f"VITALS_IDEMPOTENT to 0 where it has none, as the embedded one."
            ) from error

    def name_of(self, topic: str) -> str:
        """Kafka's name of an input."""
        return self._settings.topic(topic)

    async def send(self, topic: str, account_id: str, value: bytes, instant_ms: int) -> None:
        """Hand one event to the producer. Waits only while too much is in flight."""
        key, partition = self._home(account_id)
        name = self._settings.topic(topic)
        sent = await self._producer.send(name, value, key=key, partition=partition, timestamp_ms=instant_ms)
        self._in_flight.append((topic, sent))
        await self.settle(in_flight=IN_FLIGHT_MAX)

    async def settle(self, in_flight: int) -> None:
        """Wait until no more than so many events are unacknowledged, the oldest first.

        Raises:
            KafkaError: when one of them failed.
            TimeoutError: when none is acknowledged for a minute.
        """
        while len(self._in_flight) > in_flight:
            topic, sent = self._in_flight[0]
            if not sent.done():
                async with asyncio.timeout(STALL_SECONDS):
                    await sent
            sent.result()
            self._in_flight.popleft()
            self.acknowledged[topic] += 1

    async def control(self, control: Control, partitions: Iterable[int]) -> None:
        """Send a control message to these partitions, with its instant for its time; returns when all are acknowledged.

        Raises:
            KafkaError: when it cannot be sent.
            TimeoutError: when it is not acknowledged within a minute.
        """
        name, value = self._settings.topic(CONTROL), encode_control(control)
        sends = [
            self._producer.send_and_wait(name, value, partition=partition, timestamp_ms=control.instant_ms)
            for partition in partitions
        ]
        async with asyncio.timeout(STALL_SECONDS):
            await asyncio.gather(*sends)

    async def stop(self) -> None:
        """Flush what can be within seconds, count it, and disconnect. A second call does nothing."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._producer.stop()
        except TimeoutError:
            pass  # a broker that is away: `failure` says so
        while self._in_flight:
            topic, sent = self._in_flight.popleft()
            if not sent.cancel() and not sent.cancelled() and sent.exception() is None:
                self.acknowledged[topic] += 1
            else:
                self.unknown += 1

    def interrupted(self) -> Interrupted:
        """What to tell when the user ended the sending, once stopped."""
        done = f"Interrupted: {self.acknowledged.total():,} events were published and acknowledged"
        if self.unknown:
            done += f", and of {self.unknown:,} more it is not known"
        return Interrupted(f"{done}. Those without an id count again when the file is published again.")

    def failure(self, error: Exception) -> UserError:
        """What to tell when `error` ended the sending, once stopped."""
        done = f"{self.acknowledged.total():,} events were published, then it failed"
        if isinstance(error, UserError):
            return UserError(f"{done}. {error}") if self.acknowledged else error
        if isinstance(error, InvalidTimestampError):
            return UserError(f"{done}: a topic takes no event so old. Set its message.timestamp.type to LogAppendTime.")
        where = self._settings.kafka
        todo = mend(error, f"see that the broker at {where} runs")
        return UserError(f"{done} ({_reason(error)}): {todo}, and publish again.")


def _home(account_id: str, partitions: int) -> tuple[bytes, int]:
    key = account_id.encode()
    return key, partition_of(key, partitions)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
