"""Messages of the input topics, folded into the activity of their accounts."""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from scoring.event.bodies import body_of, table_of
from scoring.event.event import Event, EventDecoder, Rejected
from scoring.event.topics import INPUT_TOPICS
from streams.activity.account import AccountActivity
from streams.activity.details import detail_of, error_type
from streams.activity.kept import NotableEvent
from streams.activity.names import Kind, Kinds
from streams.activity.store import RedisCopy, Step
from streams.activity.taking import CHUNK, Gone
from streams.activity.traits import says_traits, traits_of
from streams.message import Message, arrived_ms, time_of, with_origin
from streams.read_model.port import ReadModelBroken
from streams.topics import partition_of

CACHED_ACCOUNTS = 8_000
"""Accounts of all partitions that are kept in memory between batches: 15 kB each."""
ACTIVITY_KEY = 1
USE, OTHER, ERROR = range(3)


class Received(NamedTuple):
    """One event of an account, and its message."""

    topic: int
    event: Event
    value: bytes


class ActivityFold:
    """The fold of all partitions. Mutable: owns the accounts in memory. `outcomes` counts messages by (topic, outcome);
    the code that reports these counts clears them."""

    topics: tuple[str, ...] = INPUT_TOPICS

    def __init__(self, partitions: int) -> None:
        """`partitions` is the number of partitions of the inputs."""
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self._partitions = partitions
        self._cached = max(1, CACHED_ACCOUNTS // partitions)
        self._decoder = EventDecoder()
        self._kinds = Kinds()
        self._accounts: dict[int, dict[str, AccountActivity]] = {}

    def drop(self, partition: int) -> None:
        """Forget what is in memory of a partition: it may not be what Redis has."""
        self._accounts.pop(partition, None)

    async def removal(self, copy: RedisCopy, partition: int, account_id: str) -> list[Step]:
        """The steps that remove an account."""
        self._accounts.get(partition, {}).pop(account_id, None)
        return [Step("del", ACTIVITY_KEY, account_id), Step("news", 0, account_id, "activity")]

    async def fold(
        self, copy: RedisCopy, partition: int, messages: Mapping[str, Sequence[Message]], gone: Gone, now_ms: int
    ) -> list[Step]:
        """Take messages of one partition, by topic; the steps that write what they change.

        Raises:
            ReadModelUnavailable: when Redis does not answer; then call `drop`.
        """
        received: dict[str, list[Received]] = {}
        for topic, found in messages.items():
            for first in range(0, len(found), CHUNK):
                self._decode(received, partition, topic, found[first : first + CHUNK], gone, now_ms)
                await asyncio.sleep(0)
        accounts = self._accounts.setdefault(partition, {})
        missing = [account_id for account_id in received if account_id not in accounts]
        stored = await copy.load(ACTIVITY_KEY, missing) if missing else {}
        steps: list[Step] = []
        taken = 0
        for account_id, events in received.items():
            account = accounts.pop(account_id, None) or _activity_of(account_id, stored.get(account_id))
            accounts[account_id] = account  # the last in the order of use
            if sum(self._apply(account, each) for each in events):
                steps += (
                    Step("set", ACTIVITY_KEY, account_id, account.to_bytes()),
                    Step("news", 0, account_id, "activity"),
                )
            taken += len(events)
            if taken > CHUNK:
                taken = 0
                await asyncio.sleep(0)
        while len(accounts) > self._cached:
            del accounts[next(iter(accounts))]
        return steps

    def _decode(
        self,
        received: dict[str, list[Received]],
        partition: int,
        topic: str,
        messages: Sequence[Message],
        gone: Gone,
        now_ms: int,
    ) -> None:
        index, outcomes = INPUT_TOPICS.index(topic), Counter[str]()
        known = self._accounts.get(partition, {})
        for message in messages:
            try:
                time_ms = time_of(message) if message.headers else message.timestamp
                event = self._decoder.decode(topic, message.value, time_ms, arrived_ms(message, now_ms))
            except Rejected:
                outcomes["unusable"] += 1
                continue
            account_id = event.account_id
            found = received.get(account_id)
            if found is None:
                if account_id not in known and partition_of(account_id.encode(), self._partitions) != partition:
                    outcomes["elsewhere"] += 1  # the worker sends it on to the account's partition
                    continue
                found = received[account_id] = []
            if gone and gone.refuses(account_id, message.timestamp):
                outcomes["forgotten"] += 1
                continue
            if message.headers and not event.event_id:
                event = with_origin(event, message)
            found.append(Received(index, event, message.value or b""))
        self._decoder.unusable.clear()
        if taken := len(messages) - outcomes.total():
            outcomes["taken"] = taken
        for outcome, count in outcomes.items():
            self.outcomes[topic, outcome] += count

    def _apply(self, account: AccountActivity, received: Received) -> bool:
        """Take one event; whether it changed anything."""
        topic, event, value = received
        kind = self._kinds.of(topic, event.name)
        is_use = kind is Kind.USE
        if is_use:
            account.count(topic, USE, event.name, event.occurred_at_ms)
        if is_use or kind is Kind.NOISE:
            return (says_traits(value) and _say(account, event, body_of(value), is_use=True)) or is_use
        body = body_of(value)
        has_said = _say(account, event, body, is_use=False)
        if kind is Kind.IDENTITY:
            return has_said
        properties = table_of(body.get("properties"))
        if kind is Kind.ERROR:
            _note_error(account, topic, event, body, properties)
            return True
        account.count(topic, OTHER, event.name, event.occurred_at_ms)
        account.note(_notable(topic, event, event.name, detail_of(properties), is_minor=kind is Kind.MINOR))
        return True


def _say(account: AccountActivity, event: Event, body: dict[str, Any], *, is_use: bool) -> bool:
    """Take the traits of an event; whether it has any."""
    has_said = False
    for name, trait in traits_of(event.name, event.account_id, body, is_use=is_use):
        account.say(name, trait, event.occurred_at_ms)
        has_said = True
    return has_said


def _note_error(
    account: AccountActivity, topic: int, event: Event, body: dict[str, Any], properties: Mapping[str, Any]
) -> None:
    """Count an exception by its type, and keep the first of each."""
    name, message = error_type(body, properties)
    if account.count(topic, ERROR, name, event.occurred_at_ms):
        account.note_first(_notable(topic, event, name, message, is_minor=False))


def _notable(topic: int, event: Event, name: str, detail: str, *, is_minor: bool) -> NotableEvent:
    return NotableEvent(event.occurred_at_ms, topic, name, event.event_id, detail, is_minor)


def _activity_of(account_id: str, body: bytes | None) -> AccountActivity:
    try:
        return AccountActivity(body)
    except (msgspec.DecodeError, zlib.error, ValueError, IndexError) as error:
        raise ReadModelBroken(f"Redis holds an activity of {account_id!r} that cannot be read ({error}).") from error


def activities_of(bodies: Mapping[str, bytes]) -> Iterator[tuple[str, AccountActivity]]:
    """The activities in these bytes, by account.

    Raises:
        ReadModelBroken: when one cannot be read.
    """
    return ((account_id, _activity_of(account_id, body)) for account_id, body in bodies.items())
