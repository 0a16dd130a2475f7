"""The first pass in the kernel: plain lines are read and sorted natively, any other line as `BlockSorter` does."""

from __future__ import annotations

from array import array
from typing import Protocol

import msgspec

from scoring.event.event import Event, scoped_id
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import FAR
from streams.kernel.kernel import is_built
from streams.kernel.lines import LINES_DONE, LINES_LEFT, NativeLines
from streams.replay.by_account.reading import BY_EVENT, IN_ORDER, BlockReport, Reading, SorterReport
from streams.replay.by_account.sorter import BlockSorter, SortedRoute, Span, is_utf8
from streams.replay.by_account.spill import Chunk, SpillPort
from streams.replay.event_line import RejectionCounts


class Sorter(Protocol):
    """What a station asks of its sorter."""

    def sort(self, block: int, text: bytes) -> BlockReport: ...

    def finish(self) -> SorterReport: ...


def sorter_of(reading: Reading, spill: SpillPort) -> Sorter:
    """The sorter for files that are read in this way."""
    is_plain = reading.arrival in (BY_EVENT, IN_ORDER) and not reading.fit_sample
    return (
        NativeSorter(reading, spill) if reading.uses_kernel and is_plain and is_built() else BlockSorter(reading, spill)
    )


class NativeSorter(BlockSorter):
    """Sorts blocks of lines. Mutable; each process has one."""

    def __init__(self, reading: Reading, spill: SpillPort) -> None:
        super().__init__(reading, spill)
        self._native = NativeLines(
            self._plans[0],
            partitions=reading.partitions,
            is_in_order=reading.arrival == IN_ORDER,
            now_ms=reading.now_ms,
            last_ms=reading.last_ms,
        )

    def sort(self, block: int, text: bytes) -> BlockReport:
        self._block, self._is_text, self._has_escapes = block, is_utf8(text), b"\\" in text
        refusals, span = RejectionCounts(), Span()
        self._native.begin()
        at = 0
        while True:
            stop = self._native.lines(text, at) if self._is_text else self._native.next_line(text, at)
            if stop.why == LINES_DONE:
                break
            if stop.why != LINES_LEFT and self._learn(INPUT_TOPICS[stop.topic], stop.name):
                at = stop.at
                continue
            self._latest_ms = self._native.latest_ms
            line = text[stop.at : stop.end]
            if line and not line.isspace():
                self._note_fresh()
                self._sort_line(self._native.count + 1, line, refusals, span)
                self._native.fresh()  # a new account of this line is noted already
            self._native.took(self._latest_ms)
            at = stop.end + 1
        self._note_fresh()
        self._native.add_to(span)
        places = [(partition, self._spill.write(block, chunk)) for partition, chunk in self._taken()]
        return self._report(self._native.count, span, refusals, places)

    def finish(self) -> SorterReport:
        names = self._native.names()
        places = [self._spill.write_bytes(msgspec.msgpack.encode(each)) for each in names]
        return self._sorter_report(places, sum(map(len, names)))

    def _note_fresh(self) -> None:
        """Note the accounts that the kernel met since it was asked last: the order of notes is that of the lines."""
        self._noted += [(name, name) for name in self._native.fresh()]

    def _knows(self, account_id: str) -> bool:
        return self._native.knows(account_id)

    def _keep(self, event: Event, known_ms: int, message: bytes) -> None:
        route, is_whole = self._routed(event, known_ms)
        print_of_id = self._native.print_of(scoped_id(event)) if event.event_id else 0
        self._native.add(
            event.account_id,
            route.number,
            INPUT_TOPICS.index(event.topic),
            (event.occurred_at_ms, known_ms, print_of_id, self._user_of(event)),
            message if is_whole else None,
        )
        if route.number and route.sources:
            self._tell(event.topic, event.name, route)

    def _learn(self, topic: str, name: str) -> bool:
        """Let the kernel sort the events of a topic and name. False for one that has no number."""
        route = self._routes.get((topic, name)) or self._route(topic, name)
        if not route.number:
            return False
        self._tell(topic, name, route)
        return True

    def _tell(self, topic: str, name: str, route: SortedRoute) -> None:
        """Sources may begin with an event that was known before all others: such an event is read here. A bare event
        says nothing of a source whose test it fails."""
        bare = Event("", topic, name, 0, "", "", self._bare)
        firsts = [
            (FAR if (first := self._sources.get(key)) is None else first[1], test is None or test(bare))
            for key, test in route.sources
        ]
        until_ms = (
            max((first_ms for first_ms, is_of_bare in firsts if is_of_bare), default=-FAR),
            max((first_ms for first_ms, _ in firsts), default=-FAR),
        )
        keeps = (route.keeps_bare, route.keeps_others)
        self._native.route(INPUT_TOPICS.index(topic), name, route.number, keeps, until_ms)

    def _taken(self) -> list[tuple[int, Chunk]]:
        found: list[tuple[int, Chunk]] = []
        for partition, accounts, routes, occurred, known, prints, users, whole in self._native.take():
            chunk = Chunk(
                accounts=array("I", accounts),
                routes=array("I", routes),
                occurred=array("q", occurred),
                known=array("q", known),
                prints=array("Q", prints),
                users=array("Q", users),
                whole=whole,
            )
            found.append((partition, chunk))
        return found
