"""From a vendor's reading to messages: each event checked as the worker will, and under its account. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Protocol

import msgspec

from scoring.event.event import EVENT_MAX_BYTES, Event, EventDecoder, Rejected
from scoring.event.topics import INPUT_TOPICS
from streams.dead_letter import DeadLetter
from streams.deployment.settings import Settings
from streams.gateway.keys import without_secrets
from streams.gateway.log.outgoing import Outgoing
from streams.gateway.reading import Inbound, Reading, Refused, Request
from streams.gateway.refused_event import event_header
from streams.identity.alias import ACCOUNT, Alias, ForeignId, alias_key
from streams.identity.alias_message import encode_alias
from streams.identity.unattributed import Unattributed, encode_unattributed, unattributed_key
from streams.kafka.retention import Rules, refusal
from streams.message import DEAD_LETTER_MAX_BYTES, WORDS_MAX_CHARACTERS
from streams.topics import ALIASES, DEAD_LETTERS, UNATTRIBUTED, partition_of
from streams.under_account import under_account

HEADER_MAX_CHARACTERS = 500
HEADERS_MAX_CHARACTERS = 1_000_000
"""The most characters of headers in all dead letters of a request, beside those of the path: each has them."""
KEPT_HEADERS = (
    "content-type",
    "ce-",
    "webhook-",
    "svix-id",
    "svix-timestamp",
    "sentry-hook-resource",
    "x-zendesk-webhook-i",
)
"""How the names of headers begin that a dead letter keeps: what readers look at. None holds a secret."""
WRITTEN_MAX = 10_000
"""The most aliases that are remembered as written."""
NESTED_MAX = 400
FRAMES = 300
"""How much deeper a worker may stand in its own calls than we do: what it can read of nested JSON depends on that."""
STAND_IN = "x"
"""The account under which an event is checked whose account is not known yet."""
SURROUNDINGS_BYTES = 1_000
"""What Kafka adds to a message, with a key of 200 characters."""

_any = msgspec.json.Decoder().decode


class Aliases(Protocol):
    """What is known about which id belongs to which account: `AliasTable`."""

    def resolve(self, candidates: Sequence[ForeignId]) -> str: ...
    def known(self, alias: Alias) -> bool: ...


class Checked(msgspec.Struct):
    """What became of a reading: counts, and the messages that must be acknowledged."""

    messages: list[Outgoing] = []
    refused: list[Refused] = []
    accepted: int = 0
    waiting: int = 0


class Checker:
    """Makes messages of readings. One event loop owns it.

    `rules` are those of the input topics, by logical name. `partitions` says how many partitions `aliases` and
    `unattributed` have, where that may differ from the settings: all processes must write a key to the same one.
    """

    def __init__(
        self,
        settings: Settings,
        rules: Mapping[str, Rules],
        aliases: Aliases,
        partitions: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._aliases: Final = aliases
        self._rules: Final = rules
        self._partitions: Final = settings.partitions
        self._of_keyed: Final = partitions
        self._names: Final = {
            name: settings.topic(name) for name in (*INPUT_TOPICS, ALIASES, UNATTRIBUTED, DEAD_LETTERS)
        }
        self._most_bytes: Final = {name: most_bytes(rules.get(name, Rules())) for name in INPUT_TOPICS}
        self._decoder: Final = EventDecoder()
        self._written: Final[dict[tuple[str, str], ForeignId | None]] = {}
        self._home: Final = lru_cache(maxsize=100_000)(self._home_of)

    def _home_of(self, account_id: str) -> tuple[bytes, int, bytes]:
        """An account's key, its partition, and how an event of it begins."""
        key = account_id.encode()
        return key, partition_of(key, self._partitions), b'{"account_id":' + msgspec.json.encode(account_id) + b","

    def add_events(self, checked: Checked, request: Request, events: Sequence[Inbound]) -> None:
        """Check these events, and add their messages and refusals."""
        now_ms = request.received_ms
        for inbound in events:
            try:
                self._add(checked, request, inbound, now_ms)
            except Rejected as error:
                refused = Refused(
                    reason=error.reason,
                    words=str(error),
                    value=inbound.value,
                    position=inbound.position,
                    event=inbound,
                )
                checked.refused.append(refused)

    def _add(self, checked: Checked, request: Request, inbound: Inbound, now_ms: int) -> None:
        topic = inbound.topic
        if topic not in self._most_bytes:
            raise Rejected("unknown_topic", f"{topic!r} is no input topic: correct `topics` of the source")
        if not inbound.accounts:
            raise Rejected("no_account", "nothing in the event says whose it is: see docs/connect for where to put it")
        account_id = self._aliases.resolve(inbound.accounts)
        if not account_id:
            self._wait(checked, request, inbound, now_ms)
            return
        key, partition, beginning = self._home(account_id)
        if not inbound.is_complete:
            value = beginning + inbound.value[1:]
        elif account_id == inbound.accounts[0].id and inbound.accounts[0].kind == ACCOUNT:
            value = inbound.value
        else:
            value = under_account(inbound.value, account_id, was=inbound.accounts[0].id)
        event = self._event(topic, value, now_ms)
        if event.account_id != account_id:
            value = under_account(value, account_id, was=event.account_id)
            event = self._event(topic, value, now_ms)
        checked.messages.append(Outgoing(self._names[topic], partition, key, value, event.occurred_at_ms))
        checked.accepted += 1

    def _event(self, topic: str, value: bytes, now_ms: int) -> Event:
        """The event as the worker will decode it; raises `Rejected` if it could not, or the topic would not keep it."""
        if len(value) > self._most_bytes[topic]:
            words = f"the event has {len(value):,} bytes, and the topic {self._names[topic]} takes"
            raise Rejected("oversize", f"{words} {self._most_bytes[topic]:,}: send less of it")
        event = self._decoder.decode(topic, value, now_ms, now_ms)
        if value.count(b"[") + value.count(b"{") > NESTED_MAX and _is_nested_too_deep(value, FRAMES):
            raise Rejected("malformed", "the event is nested too deep: send it flatter")
        rules = self._rules.get(topic)
        if rules is not None and rules.keeps_by_event_time:
            code, words = refusal(self._names[topic], rules, event.occurred_at_ms, now_ms)
            if code:
                raise Rejected(code, words)
        return event

    def _wait(self, checked: Checked, request: Request, inbound: Inbound, now_ms: int) -> None:
        """Put an event on `unattributed`. It is checked first, so that it can be published later."""
        value = inbound.value
        if inbound.is_complete:
            value = under_account(value, STAND_IN)
            event = self._event(inbound.topic, value, now_ms)
        else:
            event = self._event(inbound.topic, b'{"account_id":"%s",' % STAND_IN.encode() + value[1:], now_ms)
        waiting = Unattributed(
            topic=inbound.topic,
            event=event.name,
            value=inbound.value,
            occurred_at_ms=event.occurred_at_ms,
            accounts=inbound.accounts,
            source=request.name,
            received_ms=now_ms,
        )
        key = unattributed_key(waiting, event.event_id)
        checked.messages.append(self._keyed(UNATTRIBUTED, key, encode_unattributed(waiting), now_ms))
        checked.waiting += 1

    def add_aliases(self, checked: Checked, request: Request, reading: Reading) -> None:
        """Add the aliases of a reading that are new, and the removal of those that it ends."""
        for alias in reading.aliases:
            if self._remember(alias.kind, alias.id, alias.to) or not self._aliases.known(alias):
                key = alias_key(alias.kind, alias.id, alias.by)
                checked.messages.append(self._keyed(ALIASES, key, encode_alias(alias), request.received_ms))
        gone = [*reading.forgotten, *(each for each in reading.ended if self._aliases.resolve([each]))]
        for each in dict.fromkeys(gone):
            self._remember(each.kind, each.id, None)
            key = alias_key(each.kind, each.id, "source")
            checked.messages.append(self._keyed(ALIASES, key, None, request.received_ms))

    def _remember(self, kind: str, foreign_id: str, to: ForeignId | None) -> bool:
        """Whether we wrote something else of this id before: the table may not have read that yet, and still know what
        held before it."""
        before = self._written.pop((kind, foreign_id), to)
        self._written[kind, foreign_id] = to
        if len(self._written) > WRITTEN_MAX:
            del self._written[next(iter(self._written))]
        return before != to

    def with_account(self, refused: Refused) -> Refused:
        """A refusal that names the account of the ids that it is about, and how a person removes it."""
        if not refused.about:
            return refused
        account_id = self._aliases.resolve(refused.about)
        words = "No account is known for it."
        if account_id:
            words = (
                f"It was of the account {account_id!r}: `vitals forget {shlex.quote(account_id)} "
                "--reason TEXT` removes all of that."
            )
        return msgspec.structs.replace(refused, words=f"{refused.words} {words}")

    def add_dead_letters(self, checked: Checked, request: Request) -> None:
        """Add a dead letter for each refusal. A request holds at most `EVENTS_MAX` events."""
        if not checked.refused:
            return
        headers = kept_headers(request, max(HEADER_MAX_CHARACTERS, HEADERS_MAX_CHARACTERS // len(checked.refused)))
        for refused in checked.refused:
            letter = DeadLetter(
                reason=refused.reason,
                words=refused.words[:WORDS_MAX_CHARACTERS],
                topic="",
                partition=-1,
                offset=-1,
                timestamp_ms=request.received_ms,
                key=None,
                value=refused.value[:DEAD_LETTER_MAX_BYTES],
                value_bytes=len(refused.value),
                source=request.name,
                headers=headers if refused.event is None else {**headers, **event_header(refused.event)},
            )
            value = msgspec.json.encode(letter)
            name = self._names[DEAD_LETTERS]
            checked.messages.append(Outgoing(name, 0, request.name.encode(), value, request.received_ms))

    def _keyed(self, topic: str, key: bytes, value: bytes | None, instant_ms: int) -> Outgoing:
        partitions = self._of_keyed.get(topic, self._partitions)
        return Outgoing(self._names[topic], partition_of(key, partitions), key, value, instant_ms)


def _is_nested_too_deep(value: bytes, frames: int) -> bool:
    """Whether JSON cannot be read by somebody who is `frames` calls further down."""
    if frames:
        return _is_nested_too_deep(value, frames - 1)
    try:
        _any(value)
    except RecursionError:
        return True
    return False


def most_bytes(rules: Rules) -> int:
    """The size of the largest event that a topic takes, in bytes.

    >>> most_bytes(Rules()), most_bytes(Rules(message_bytes=65_536))
    (1000000, 64536)
    """
    limit = rules.message_bytes
    return EVENT_MAX_BYTES if limit is None else max(0, min(EVENT_MAX_BYTES, limit - SURROUNDINGS_BYTES))


def kept_headers(request: Request, most_characters: int) -> dict[str, str]:
    """What a dead letter keeps of a request: the headers that readers look at, and the path as ":path".

    Of a request with endless headers only the shortest are kept.
    """
    kept, left = {":path": request.path[:HEADER_MAX_CHARACTERS]}, most_characters
    for name, value in sorted(without_secrets(request.headers).items(), key=lambda each: len(each[1])):
        if name.startswith(KEPT_HEADERS) and not name.startswith("webhook-signature"):
            left -= len(name) + min(len(value), HEADER_MAX_CHARACTERS)
            if left < 0:
                break
            kept[name] = value[:HEADER_MAX_CHARACTERS]
    return kept
