"""The evidence for an answer: a sample of accounts, and what the log of their partition holds of each. Pure.

An answer names all its inputs: its instant, the cohort norm, and the applied offset of each topic of the account's
partition. This module collects exactly those, as events in the canonical form of the oracle.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from scoring.event.bodies import body_of, table_of
from scoring.event.event import READ_ANYWAY, Event, EventDecoder, Rejected
from scoring.event.ids import clean
from scoring.event.topics import INPUT_TOPICS
from scoring.fingerprint import fingerprint
from scoring.instants import parse_instant
from scoring.oracle import OracleEvent
from scoring.oracle.events import id_of
from scoring.result import ScoreSnapshot
from streams.control.messages import EndOverride, Forget, Norm, SetOverride, decode_control
from streams.message import Message, time_of, with_origin
from streams.topics import CONTROL, CONTROL_INDEX, TOPICS


class Arrived(NamedTuple):
    """An event of an account; `arrived_ms` is the greatest time of the messages of its topic and partition up to it,
    so that it came in then or later."""

    event: OracleEvent
    arrived_ms: int


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the log holds for an answer: the account's events up to `applied`, each topic's in the order of offsets.

    `norm` is the cohort norm of the answer, {} where it has none, None where it is gone; `control` is the last message
    about an override up to the offset of `control` in `applied`. `is_whole` says that no event before was deleted,
    `has_no_override` that no message of `control` was, and that none sets a score.
    """

    answer: ScoreSnapshot
    events: Sequence[Arrived]
    norm: Mapping[str, float] | None
    control: SetOverride | EndOverride | None
    is_whole: bool
    has_no_override: bool = False
    was_forgotten: bool = False
    """Whether the account was forgotten and came again: which events count, the log does not say."""


class Sample:
    """The newest answers of N accounts, chosen by `seed` alone, however often each is seen. Mutable.

    The accounts with the smallest fingerprints are kept: each is as likely as the other, and memory is bounded.
    """

    def __init__(self, accounts: int, seed: int) -> None:
        self._accounts = accounts
        self._seed = seed
        self._kept: dict[str, tuple[int, ScoreSnapshot | None]] = {}
        self._removed: set[str] = set()
        self._ranks: list[tuple[int, str]] = []

    def wants(self, account_id: str) -> bool:
        """Whether an answer of this account is to be offered: it is kept, or would be."""
        if account_id in self._kept or len(self._kept) < self._accounts:
            return True
        return -self._rank(account_id) > self._ranks[0][0]

    def offer(self, partition: int, account_id: str, answer: ScoreSnapshot | None) -> None:
        """Take in an answer of an account that is wanted, from this partition; None is one that cannot be read."""
        if account_id not in self._kept:
            self._kept[account_id] = partition, answer
            heapq.heappush(self._ranks, (-self._rank(account_id), account_id))
            if len(self._kept) > self._accounts:
                left = heapq.heappop(self._ranks)[1]
                del self._kept[left]
                self._removed.discard(left)
            return
        if account_id in self._removed:
            self._removed.discard(account_id)
            self._kept[account_id] = partition, answer
            return
        held = self._kept[account_id][1]
        if answer is not None and (held is None or _version(answer) > _version(held)):
            self._kept[account_id] = partition, answer

    def remove(self, account_id: str) -> None:
        """The account was forgotten; a later answer brings it back."""
        if account_id in self._kept:
            self._removed.add(account_id)

    def by_partition(self) -> dict[int, dict[str, ScoreSnapshot | None]]:
        """The accounts that were chosen, with their newest answers."""
        found: dict[int, dict[str, ScoreSnapshot | None]] = {}
        for account_id, (partition, answer) in sorted(self._kept.items()):
            if account_id not in self._removed:
                found.setdefault(partition, {})[account_id] = answer
        return found

    def _rank(self, account_id: str) -> int:
        return fingerprint(f"{self._seed}\0{account_id}")


def _version(answer: ScoreSnapshot) -> tuple[int, int]:
    return answer.generation, answer.version


def happened(event: Event, value: bytes) -> OracleEvent:
    """The event as the oracle takes it: its properties are those of the message's JSON, none left out.

    What they lack is lent by the traits of a call, a page's name, `$set` and `$group_set` (docs/events.md).
    """
    body = body_of(value)
    properties = table_of(body.get("properties"))
    lent: dict[str, object] = {}
    for table in reversed(_lenders(body, properties, event.account_id)):
        lent.update(table)
    for name in READ_ANYWAY.values():
        lent.pop(name, None)
    return OracleEvent(
        account_id=event.account_id,
        topic=event.topic,
        name=event.name,
        at_ms=event.occurred_at_ms,
        event_id=event.event_id,
        user_id=event.user_id,
        properties={**lent, **properties},
    )


def _lenders(body: Mapping[str, object], properties: Mapping[str, object], account_id: str) -> list[dict[str, Any]]:
    """What lends an event properties, the first first."""
    named, traits, context = body.get("event"), body.get("traits"), body.get("context")
    call = "" if isinstance(named, str) and clean(named) else body.get("type")
    lenders = [traits]
    if isinstance(context, dict) and (call == "identify" or (call == "group" and not traits)):
        lenders.append(context.get("traits"))
    if call in ("group", "identify", "page", "screen", "alias") and body.get("name") is not None:
        lenders.append({"name": body["name"]})
    lenders += [body.get("$set"), properties.get("$set")]
    if "$group_key" not in properties or id_of(properties["$group_key"]) == account_id:
        lenders.append(properties.get("$group_set"))
    return [table for table in lenders if isinstance(table, dict)]


class Gathering:
    """Gathers the evidence for answers of one partition. Mutable; messages of a topic come in the order of offsets."""

    def __init__(
        self,
        decoder: EventDecoder,
        answers: Mapping[str, ScoreSnapshot],
        refused: Collection[tuple[str, int]],
        now_ms: int,
    ) -> None:
        """`refused` are the messages (topic, offset) of this partition that were put aside as lying in the future, as
        with time their dates become plausible, or that did not fit: they may fit by now. `now_ms` is wall time."""
        self._decoder = decoder
        self._answers = answers
        self._refused = refused
        self._now_ms = now_ms
        self._events: dict[str, list[Arrived]] = {account_id: [] for account_id in answers}
        self._first: dict[int, int] = {}
        self._last: dict[int, int] = {}
        self._arrived_ms = [0] * len(TOPICS)
        self._wanted_norms = {parse_instant(each.norm_as_of) for each in answers.values() if each.norm_as_of}
        self._norms: dict[int, Mapping[str, float]] = {}
        self._overrides: dict[str, SetOverride | EndOverride] = {}
        self._forgotten: set[str] = set()

    def ends(self) -> dict[int, int | None]:
        """By topic number, the offset up to which it is needed, exclusive; None is all of it."""
        ends: dict[int, int | None] = {}
        for index in range(len(TOPICS)):
            if end := max(each.applied[index] for each in self._answers.values()) + 1:
                ends[index] = end
        if self._wanted_norms:
            ends[CONTROL_INDEX] = None
        return ends

    def take(self, topic_index: int, message: Message) -> None:
        """Take in one message."""
        if topic_index == CONTROL_INDEX:
            self._first.setdefault(topic_index, message.offset)
            self._take_control(message)
        else:
            self._take_event(topic_index, message)

    def evidence(self, account_id: str) -> Evidence:
        """The evidence collected for an account's answer."""
        answer = self._answers[account_id]
        return Evidence(
            answer=answer,
            events=self._events[account_id],
            norm=self._norms.get(parse_instant(answer.norm_as_of)) if answer.norm_as_of else {},
            control=self._overrides.get(account_id),
            was_forgotten=account_id in self._forgotten,
            has_no_override=account_id not in self._overrides and self._first.get(CONTROL_INDEX, -1) == 0,
            is_whole=all(
                self._first.get(index, -1) == 0 and self._last[index] >= answer.applied[index]
                for index in range(len(INPUT_TOPICS))
                if answer.applied[index] >= 0
            ),
        )

    def _take_event(self, topic_index: int, message: Message) -> None:
        self._first.setdefault(topic_index, message.offset)
        self._last[topic_index] = message.offset
        self._arrived_ms[topic_index] = max(message.timestamp, self._arrived_ms[topic_index])
        topic = TOPICS[topic_index]
        try:
            event = self._decoder.decode(topic, message.value, time_of(message), self._now_ms)
        except Rejected:
            return
        answer = self._answers.get(event.account_id)
        if answer is None or message.offset > answer.applied[topic_index] or (topic, message.offset) in self._refused:
            return
        if message.headers and not event.event_id:
            event = with_origin(event, message)
        arrived = Arrived(happened(event, message.value or b""), self._arrived_ms[topic_index])
        self._events[event.account_id].append(arrived)

    def _take_control(self, message: Message) -> None:
        try:
            control = decode_control(message.value)
        except ValueError:
            return
        if isinstance(control, Norm) and control.instant_ms in self._wanted_norms:
            self._norms.setdefault(control.instant_ms, control.values)
        if isinstance(control, Forget) and not control.lift:
            self._forgotten.add(control.account_id)
        if isinstance(control, SetOverride | EndOverride) and (CONTROL, message.offset) not in self._refused:
            answer = self._answers.get(control.account_id)
            if answer is not None and message.offset <= answer.applied[CONTROL_INDEX]:
                self._overrides[control.account_id] = control
