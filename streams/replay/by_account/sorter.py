"""The first pass: reads lines, rejects what is no event, and sorts the events by account into the spill.

An event line is decoded once. The usual kind of line takes a shorter way, which gives what `read_event` gives; any line
that it does not suit goes through `read_event` itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from zlib import crc32

import msgspec
from msgspec import UNSET

from scoring.event.bodies import BYTE_ORDER_MARK, Rejected
from scoring.event.event import EVENT_MAX_BYTES, Event, EventDecoder, scoped_id
from scoring.event.timestamps import Untimely, any_stamp_ms
from scoring.fingerprint import fingerprint
from scoring.fold.history import Steps
from scoring.instants import FAR
from scoring.model.model import Model
from scoring.plan.plan import Plan, decoder_of
from streams.replay.by_account.spill import Chunk, Place, SpillPort, empty_chunk
from streams.replay.event_file import lines_of
from streams.replay.event_line import TOPICS, RejectedLines, RejectionCounts, read_event
from streams.replay.fit import Fit, FitCounts
from streams.replay.undated_lines import value_at

BY_EVENT, IN_ORDER = "event", "order"
"""Values of `arrival` beside the path of a field: an event is known when it happened, or when the latest event before
it in the file happened."""
ROUTES_MAX = 10_000
"""Event names that have a number of their own; events of any others are kept whole."""
WRITTEN_MAX = 100_000
"""Spellings of accounts that are reported once only; any others perhaps with every event."""
USERS_MAX = 100_000
"""Users whose fingerprints are cached."""
UNNUMBERED = 0
"""The number of the route of an event whose name has none."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How events are read. Those known after `last_ms` are counted, but not kept. With `keeps_all`, whole events are
    kept, also where the models need less. With `fit_sample`, it is found how all events fit the first model: see
    `streams.replay.fit`."""

    models: tuple[Model, ...]
    now_ms: int
    partitions: int = 1
    time_field: str = ""
    arrival: str = BY_EVENT
    last_ms: int = FAR
    keeps_all: bool = False
    fit_sample: int = 0


class BlockReport(msgspec.Struct, kw_only=True):
    """The findings of a block: its lines and events, the rejected lines by their numbers in the block, accounts as
    they were written, the first and last event, and the places of its chunks by partition."""

    lines: int
    events: int
    refused: tuple[RejectedLines, ...]
    written: list[tuple[str, str]]
    first_ms: int
    last_ms: int
    places: list[tuple[int, Place]]


class SorterReport(msgspec.Struct, kw_only=True):
    """What a sorter says at the end: the topic and name of its routes by number, the places of its accounts' ids by
    partition, how many ids could not be used, and how its events fit the first model, if that was asked for."""

    routes: list[tuple[str, str]]
    names: list[Place]
    unusable: Counter[str]
    fit: FitCounts | None


class _Head(msgspec.Struct, gc=False):
    topic: str
    account_id: object = None
    timestamp: object = None


_HEAD = msgspec.json.Decoder(_Head)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class BlockSorter:
    """Sorts blocks of lines. Mutable; each process has one."""

    def __init__(self, reading: Reading, spill: SpillPort) -> None:
        self._reading = reading
        self._spill = spill
        self._decoder = decoder_of(reading.models)
        self._plans = plans_of(reading.models, self._decoder)
        self._fit = Fit(self._plans[0], reading.fit_sample, knows_ids=False) if reading.fit_sample else None
        self._bare = self._decoder.properties_of({})
        self._accounts: dict[str, int] = {}
        """By id: its number within its partition times the number of partitions, plus the partition."""
        self._names: list[list[str]] = [[] for _ in range(reading.partitions)]
        self._routes: dict[tuple[str, str], tuple[int, bool, bool]] = {}
        """By topic and name: the number, and whether a bare event is kept whole, and any other."""
        self._users: dict[str, int] = {}
        self._written: set[tuple[str, str]] = set()
        self._noted: list[tuple[str, str]] = []

    def sort(self, block: int, text: bytes) -> BlockReport:
        """Sort the lines of a block into the spill."""
        reading, refusals = self._reading, RejectionCounts()
        chunks: dict[int, Chunk] = {}
        events, first_ms, last_ms, latest_ms = 0, FAR, -FAR, -FAR
        is_text, has_escapes = _is_utf8(text), b"\\" in text
        by_event, in_order = reading.arrival == BY_EVENT, reading.arrival == IN_ORDER
        lines = lines_of(text)
        for number, line in enumerate(lines, 1):
            if not line or line.isspace():
                continue
            try:
                event = self._read_usual(line) if is_text and not (has_escapes and b"\\" in line) else None
                if event is None:
                    event, _ = read_event(self._decoder, line, 0, reading.now_ms, self, reading.time_field)
            except Rejected as rejected:
                refusals.add(number, rejected)
                continue
            if self._fit is not None:
                self._fit.add(event, line)
            events += 1
            at = event.occurred_at_ms
            first_ms, last_ms = min(first_ms, at), max(last_ms, at)
            if by_event:
                known_ms = at
            elif in_order:
                known_ms = latest_ms = max(latest_ms, at)
            else:
                known_ms = max(at, arrived_ms(line, reading.arrival))
            if known_ms <= reading.last_ms:
                self._keep(chunks, event, known_ms)
        places = [(partition, self._spill.write(block, chunk)) for partition, chunk in chunks.items()]
        noted, self._noted = self._noted, []
        return BlockReport(
            lines=len(lines),
            events=events,
            refused=refusals.by_reason(),
            written=noted,
            first_ms=first_ms,
            last_ms=last_ms,
            places=places,
        )

    def finish(self) -> SorterReport:
        """Write the ids of the accounts, after the last block."""
        names = [self._spill.write_bytes(msgspec.msgpack.encode(names)) for names in self._names]
        fit = None if self._fit is None else self._fit.result()
        return SorterReport(routes=[("", ""), *self._routes], names=names, unusable=self._decoder.unusable, fit=fit)

    def note(self, account_id: str, written: str) -> None:
        """Note how an account was written, once; see `SimilarAccounts.note`."""
        if (account_id in self._accounts and written in (account_id, "")) or (account_id, written) in self._written:
            return
        if len(self._written) < WRITTEN_MAX:
            self._written.add((account_id, written))
        self._noted.append((account_id, written))

    def _read_usual(self, line: bytes) -> Event | None:
        """The event of a line without escapes; None for `read_event` to read the line, or to reject it."""
        if len(line) > EVENT_MAX_BYTES:
            return None
        try:
            head = _HEAD.decode(line)
            topic = TOPICS[head.topic.strip()]
            if head.timestamp is None and self._reading.time_field:
                return None
            event = self._decoder.decode(topic, line, 0, self._reading.now_ms)
        except (Rejected, KeyError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        account_id, written = event.account_id, head.account_id
        if account_id not in self._accounts or written != account_id:
            self.note(account_id, written if isinstance(written, str) else "")
        return event

    def _keep(self, chunks: dict[int, Chunk], event: Event, known_ms: int) -> None:
        account = self._accounts.get(event.account_id)
        if account is None:
            account = self._number(event.account_id)
        partition = account % self._reading.partitions
        chunk = chunks.get(partition)
        if chunk is None:
            chunk = chunks[partition] = empty_chunk()
        route = self._routes.get((event.topic, event.name))
        if route is None:
            route = self._route(event.topic, event.name)
        number, keeps_bare, keeps_others = route
        is_whole = keeps_others if keeps_bare == keeps_others or event.properties != self._bare else keeps_bare
        if is_whole:
            user = len(chunk.whole)
            values = msgspec.structs.astuple(event.properties)
            values = tuple([... if value is UNSET else value for value in values])
            chunk.whole.append((event.topic, event.name, event.event_id, event.user_id, values))
        else:
            user = (self._users.get(event.user_id) or self._user(event.user_id)) if event.user_id else 0
        chunk.accounts.append(account // self._reading.partitions)
        chunk.routes.append(2 * number + is_whole)
        chunk.occurred.append(event.occurred_at_ms)
        chunk.known.append(known_ms)
        chunk.prints.append(fingerprint(scoped_id(event)) if event.event_id else 0)
        chunk.users.append(user)

    def _number(self, account_id: str) -> int:
        partition = crc32(account_id.encode(errors="surrogatepass")) % self._reading.partitions
        names = self._names[partition]
        names.append(account_id)
        number = self._accounts[account_id] = (len(names) - 1) * self._reading.partitions + partition
        return number

    def _route(self, topic: str, name: str) -> tuple[int, bool, bool]:
        if len(self._routes) >= ROUTES_MAX:
            return UNNUMBERED, True, True
        keeps = [
            self._reading.keeps_all
            or any(Steps(plan, topic, name).needs_event(is_bare=is_bare) for plan in self._plans)
            for is_bare in (True, False)
        ]
        route = self._routes[(topic, name)] = (len(self._routes) + 1, keeps[0], keeps[1])
        return route

    def _user(self, user_id: str) -> int:
        if len(self._users) >= USERS_MAX:
            self._users.clear()
        number = self._users[user_id] = fingerprint(user_id)
        return number


def plans_of(models: Sequence[Model], decoder: EventDecoder) -> list[Plan]:
    """A plan for each model, over the same events."""
    return [Plan(model, decoder=decoder) for model in models]


def arrived_ms(line: bytes, path: str) -> int:
    """The time at `path` in a line that is an event; -1 when there is none, or it cannot be read."""
    value = value_at(_FIELDS.decode(line.lstrip(BYTE_ORDER_MARK)), path)
    try:
        return -1 if value is None else any_stamp_ms(msgspec.json.decode(value))
    except (Untimely, msgspec.DecodeError):
        return -1


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
