"""The first pass: reads lines, rejects what is no event, and sorts the events by account into the spill.

An event line is decoded once. The usual kind of line takes a shorter way, which gives what `read_event` gives; any line
that it does not suit goes through `read_event` itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import msgspec

from scoring.event.bodies import BYTE_ORDER_MARK, Rejected
from scoring.event.event import EVENT_MAX_BYTES, Event, EventDecoder, scoped_id
from scoring.event.timestamps import Untimely, any_stamp_ms
from scoring.event.topics import INPUT_TOPICS
from scoring.fingerprint import fingerprint
from scoring.fold.history import Steps
from scoring.instants import FAR
from scoring.model.model import Model
from scoring.plan.extractors import Test
from scoring.plan.plan import Plan, decoder_of
from streams.replay.by_account.reading import BY_EVENT, IN_ORDER, BlockReport, Reading, SorterReport
from streams.replay.by_account.spill import Chunk, Place, SpillPort, empty_chunk
from streams.replay.event_file import lines_of
from streams.replay.event_line import TOPICS, RejectionCounts, read_event
from streams.replay.fit import Fit
from streams.replay.undated_lines import value_at

ROUTES_MAX = 10_000
"""Event names that have a number of their own; events of any others are kept whole."""
WRITTEN_MAX = 100_000
"""Spellings of accounts that are reported once only; any others perhaps with every event."""
USERS_MAX = 100_000
"""Users whose fingerprints are cached."""
UNNUMBERED = 0
"""The number of the route of an event whose name has none."""


class _Head(msgspec.Struct, gc=False):
    topic: str
    account_id: object = None
    timestamp: object = None


_NUMBERS = {topic: number for number, topic in enumerate(INPUT_TOPICS)}
_HEAD = msgspec.json.Decoder(_Head)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class SortedRoute(msgspec.Struct, frozen=True):
    """What is known of events of one topic and name: their number, whether a bare event is kept whole and whether any
    other is, and the sources that they may be: the plan, the name in the norm, and a test."""

    number: int
    keeps_bare: bool
    keeps_others: bool
    sources: tuple[tuple[tuple[int, str], Test | None], ...]


class Span:
    """How many events there were, the first and the last. Mutable."""

    def __init__(self) -> None:
        self.events = 0
        self.first_ms, self.last_ms = FAR, -FAR

    def add(self, at_ms: int) -> None:
        """Add one."""
        self.events += 1
        self.first_ms, self.last_ms = min(self.first_ms, at_ms), max(self.last_ms, at_ms)


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
        self._routes: dict[tuple[str, str], SortedRoute] = {}
        self._block = 0
        self._latest_ms = -FAR
        """The latest event of the block so far."""
        self._chunks: dict[int, Chunk] = {}
        self._is_text = self._has_escapes = False
        self._sources: dict[tuple[int, str], tuple[int, int]] = {}
        """By plan and name in the norm: in which block a source was first known, and when; see `SorterReport`."""
        self._users: dict[str, int] = {}
        self._written: set[tuple[str, str]] = set()
        self._noted: list[tuple[str, str]] = []

    def sort(self, block: int, text: bytes) -> BlockReport:
        """Sort the lines of a block into the spill."""
        self._block, self._latest_ms = block, -FAR
        refusals, span = RejectionCounts(), Span()
        self._is_text, self._has_escapes = is_utf8(text), b"\\" in text
        lines = lines_of(text)
        for number, line in enumerate(lines, 1):
            if line and not line.isspace():
                self._sort_line(number, line, refusals, span)
        chunks, self._chunks = self._chunks, {}
        places = [(partition, self._spill.write(block, chunk)) for partition, chunk in chunks.items()]
        return self._report(len(lines), span, refusals, places)

    def _sort_line(self, number: int, line: bytes, refusals: RejectionCounts, span: Span) -> None:
        reading = self._reading
        is_usual = self._is_text and not (self._has_escapes and b"\\" in line)
        try:
            event, message = self._read_usual(line) if is_usual else None, line
            if event is None:
                event, message = read_event(self._decoder, line, 0, reading.now_ms, self, reading.time_field)
        except Rejected as rejected:
            refusals.add(number, rejected)
            return
        if self._fit is not None:
            self._fit.add(event, line)
        at = event.occurred_at_ms
        span.add(at)
        if reading.arrival == BY_EVENT:
            known_ms = at
        elif reading.arrival == IN_ORDER:
            known_ms = self._latest_ms = max(self._latest_ms, at)
        else:
            known_ms = max(at, arrived_ms(line, reading.arrival))
        if known_ms <= reading.last_ms:
            self._keep(event, known_ms, message)

    def _report(
        self, lines: int, span: Span, refusals: RejectionCounts, places: list[tuple[int, Place]]
    ) -> BlockReport:
        noted, self._noted = self._noted, []
        return BlockReport(
            lines=lines,
            events=span.events,
            refused=refusals.by_reason(),
            written=noted,
            first_ms=span.first_ms,
            last_ms=span.last_ms,
            places=places,
        )

    def finish(self) -> SorterReport:
        """Write the ids of the accounts, after the last block."""
        names = [self._spill.write_bytes(msgspec.msgpack.encode(names)) for names in self._names]
        return self._sorter_report(names, len(self._accounts))

    def _sorter_report(self, names: list[Place], accounts: int) -> SorterReport:
        return SorterReport(
            routes=[("", ""), *self._routes],
            names=names,
            accounts=accounts,
            sources=self._sources,
            unusable=self._decoder.unusable,
            fit=None if self._fit is None else self._fit.result(),
        )

    def note(self, account_id: str, written: str) -> None:
        """Note how an account was written, once; see `SimilarAccounts.note`."""
        if (self._knows(account_id) and written in (account_id, "")) or (account_id, written) in self._written:
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
        if not self._knows(account_id) or written != account_id:
            self.note(account_id, written if isinstance(written, str) else "")
        return event

    def _knows(self, account_id: str) -> bool:
        """Whether an event of the account was kept."""
        return account_id in self._accounts

    def _keep(self, event: Event, known_ms: int, message: bytes) -> None:
        account = self._accounts.get(event.account_id)
        if account is None:
            account = self._number(event.account_id)
        partition = account % self._reading.partitions
        chunk = self._chunks.get(partition)
        if chunk is None:
            chunk = self._chunks[partition] = empty_chunk()
        route, is_whole = self._routed(event, known_ms)
        if is_whole:
            user = len(chunk.whole)
            chunk.whole.append((_NUMBERS[event.topic], message))
        else:
            user = self._user_of(event)
        chunk.accounts.append(account // self._reading.partitions)
        chunk.routes.append(2 * route.number + is_whole)
        chunk.occurred.append(event.occurred_at_ms)
        chunk.known.append(known_ms)
        chunk.prints.append(fingerprint(scoped_id(event)) if event.event_id else 0)
        chunk.users.append(user)

    def _routed(self, event: Event, known_ms: int) -> tuple[SortedRoute, bool]:
        """The route of an event, and whether it is kept whole. Notes its sources."""
        route = self._routes.get((event.topic, event.name))
        if route is None:
            route = self._route(event.topic, event.name)
        if route.sources:
            self._note_sources(route, event, known_ms)
        is_whole = route.keeps_others
        if is_whole != route.keeps_bare and event.properties == self._bare:
            is_whole = route.keeps_bare
        return route, is_whole

    def _user_of(self, event: Event) -> int:
        """The fingerprint of the event's user, 0 for none."""
        return (self._users.get(event.user_id) or self._user(event.user_id)) if event.user_id else 0

    def _number(self, account_id: str) -> int:
        partition = crc32(account_id.encode(errors="surrogatepass")) % self._reading.partitions
        names = self._names[partition]
        names.append(account_id)
        number = self._accounts[account_id] = (len(names) - 1) * self._reading.partitions + partition
        return number

    def _route(self, topic: str, name: str) -> SortedRoute:
        sources: list[tuple[tuple[int, str], Test | None]] = []
        for number, plan in enumerate(self._plans):
            tests = dict(plan.routes.of(topic, name).latest_at)
            for entry, source in plan.norms.sources.items():
                if source.slot in tests:
                    sources.append(((number, entry), tests[source.slot]))
        if len(self._routes) >= ROUTES_MAX:
            return SortedRoute(UNNUMBERED, True, True, tuple(sources))
        keeps_bare, keeps_others = (
            self._reading.keeps_all
            or any(Steps(plan, topic, name).needs_event(is_bare=is_bare) for plan in self._plans)
            for is_bare in (True, False)
        )
        route = SortedRoute(len(self._routes) + 1, keeps_bare, keeps_others, tuple(sources))
        self._routes[(topic, name)] = route
        return route

    def _note_sources(self, route: SortedRoute, event: Event, known_ms: int) -> None:
        in_order = self._reading.arrival == IN_ORDER
        for key, test in route.sources:
            first = self._sources.get(key)
            # In the order of the file, an earlier block comes before any later one.
            is_first = first is None or (known_ms < first[1] and (not in_order or first[0] == self._block))
            if is_first and (test is None or test(event)):
                self._sources[key] = (self._block, known_ms)

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


def is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
