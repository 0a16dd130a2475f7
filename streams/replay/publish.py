"""Publishes a file of events to the input topics, like a producer would, and its closing tick."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping

import msgspec
from aiokafka.errors import KafkaError

from scoring.event.event import FUTURE_TOLERANCE_MS, Event, EventDecoder, Rejected
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import rfc3339
from streams.control.messages import Tick
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.retention import Rules, refusal
from streams.kafka.topic_admin import ensure_topics
from streams.replay.event_file import EventFile, Line
from streams.replay.event_line import RejectedLines, RejectionCounts, read_event, with_timestamp
from streams.replay.event_sender import EventSender, RateLimiter
from streams.replay.override import check_control
from streams.replay.similar_accounts import SimilarAccounts, Spelled
from streams.replay.undated_lines import REJECT_UNDATED, UndatedPolicy

CONNECT_SECONDS = 20.0

Progress = Callable[[int], None]
"""Called with the number of bytes of the file read so far."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The result for a file. `events` counts acknowledged events by topic; `tick` is "" if none was sent.

    `twins` are accounts whose names look alike and that count as different ones, `spelled` those that were written in
    several ways, and `unusable_ids` counts malformed ids of events and users by field.
    """

    events: dict[str, int]
    refused: tuple[RejectedLines, ...]
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
    """How to read the file's times: `shift_ms` is added to each. `undated` says what to do with an event without a
    timestamp; if that is to date it now, `undated_ms` is its time before the shift, and 0 stands for wall time."""

    shift_ms: int = 0
    undated: UndatedPolicy = UndatedPolicy()
    undated_ms: int = 0


def as_if_now(file: EventFile, now_ms: int, undated: UndatedPolicy = REJECT_UNDATED) -> Timing:
    """The timing that puts the file's last event at `now_ms`. Reads the whole file and rewinds it.

    Raises:
        UserError: when the file cannot be read.
    """
    decoder = EventDecoder()
    last_ms = 0
    for _, line in file.lines():
        try:
            last_ms = max(last_ms, read_event(decoder, line, 0, now_ms, time_field=undated.field)[0].occurred_at_ms)
        except Rejected:
            continue  # rejected, and counted, when it is sent
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
    """Send the file's events in order, and return once all are acknowledged.

    Each event goes to its account's partition. The message's key is the account and its time is the event's, so that
    the worker can merge the topics by time. `rate` limits the events per second. With `tick_ms`, a declaring tick goes
    to every partition of `control` after the last acknowledgement, unless no event was sent. Missing topics are
    created. Not idempotent: events without an id count again if the file is published again.

    Raises:
        UserError: when the file, the broker or the topics fail; it says how many events were acknowledged.
    """
    if tick_ms is not None and tick_ms > _wall_ms() + FUTURE_TOLERANCE_MS:
        raise UserError(f"The tick {rfc3339(tick_ms)} is in the future and would be rejected: give an earlier one.")
    topology = await ensure_topics(settings, "publish", deadline_seconds=CONNECT_SECONDS)
    rules = {name: topology.seen[settings.topic(name)].rules for name in INPUT_TOPICS}
    if tick_ms is not None:
        check_control(settings, topology, tick_ms)
    started = time.monotonic()
    reading = _Reading()
    sender = EventSender(settings)
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
        twins=reading.similar.twins(),
        spelled=reading.similar.spelled(),
        unusable_ids=dict(reading.decoder.unusable),
    )


async def _send_all(
    sender: EventSender,
    file: EventFile,
    timing: Timing,
    rate: float | None,
    reading: _Reading,
    progress: Progress,
    rules: Mapping[str, Rules],
) -> None:
    undated = timing.undated
    limiter = RateLimiter(rate)
    async for lines in _chunks(file):
        for number, line in lines:
            now_ms = _wall_ms()
            undated_ms = (timing.undated_ms or now_ms) if undated.is_now else 0
            try:
                event, value = reading.event(line, undated_ms, now_ms, undated.field)
                instant_ms = event.occurred_at_ms + timing.shift_ms
                _check_age(sender.name_of(event.topic), rules[event.topic], instant_ms, now_ms)
            except Rejected as rejected:
                reading.refusals.add(number, rejected, file.place)
                continue
            if timing.shift_ms:
                value = with_timestamp(value, instant_ms)
            await limiter.wait()
            await sender.send(event.topic, event.account_id, value, instant_ms)
        progress(file.position)


def _check_age(topic: str, rules: Rules, instant_ms: int, now_ms: int) -> None:
    """Raise `Rejected` if the topic would reject the event, or delete it before it is read."""
    code, words = refusal(topic, rules, instant_ms, now_ms)
    if code:
        raise Rejected(code, words)


class _Reading:
    """The reader of the lines, and what to report about them at the end."""

    def __init__(self) -> None:
        self.decoder = EventDecoder()
        self.refusals = RejectionCounts()
        self.similar = SimilarAccounts()

    def event(self, line: bytes, undated_ms: int, now_ms: int, time_field: str) -> tuple[Event, bytes]:
        """See `read_event`."""
        return read_event(self.decoder, line, undated_ms, now_ms, self.similar, time_field)


async def _chunks(file: EventFile) -> AsyncIterator[list[Line]]:
    """The file's lines as they arrive. While a pipe is empty, the event loop runs on and events in flight are sent."""
    loop = asyncio.get_running_loop()
    while True:
        is_readable = asyncio.Event()
        try:
            loop.add_reader(file.fileno(), is_readable.set)
        except PermissionError:
            pass  # a regular file, which is always readable
        else:
            await is_readable.wait()
            loop.remove_reader(file.fileno())
        lines = file.read()
        if lines is None:
            return
        yield lines


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
