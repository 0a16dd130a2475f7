"""Lines of files of events, read and sorted by account in the kernel."""

from __future__ import annotations

from secrets import token_bytes
from typing import NamedTuple, Protocol

from scoring.instants import FAR
from scoring.plan.plan import Plan
from streams.kernel.decoder import NativeDecoder

LINES_DONE, LINES_LEFT, LINES_ASK_ROUTE = range(3)
"""Why the kernel stopped: nothing is left, a line is for Python, or it asks for the route of a name."""
ID_KEY = bytes(16)
"""What the fingerprints of ids are keyed with: they are compared within one replay, in all its processes."""
Taken = tuple[int, bytes, bytes, bytes, bytes, bytes, bytes, list[tuple[int, bytes]]]
"""A partition, and its columns: see `streams.replay.by_account.spill.Chunk`."""


class LineStop(NamedTuple):
    """`at` and `end` are those of the line; `topic` and `name` of the route that is asked for."""

    why: int
    at: int
    end: int
    topic: int = 0
    name: str = ""


class TakesEvents(Protocol):
    """Has the number of events, and the first and the last."""

    events: int
    first_ms: int
    last_ms: int


class NativeLines:
    """Sorts the lines of blocks. Mutable; belongs to one thread."""

    def __init__(self, plan: Plan, *, partitions: int, is_in_order: bool, now_ms: int, last_ms: int) -> None:
        """`plan` is one of those that share their decoder. Events known after `last_ms` are counted, and not kept; with
        `is_in_order` an event is known when the latest before it happened.

        Raises:
            NotInKernel: when the extension is not built.
        """
        self._decoder = NativeDecoder(plan, ID_KEY)
        from streams.kernel._native import Decoder, Sorter

        self._siphash = Decoder.siphash
        self._native = Sorter(self._decoder.native, partitions, is_in_order, now_ms, last_ms, token_bytes(len(ID_KEY)))

    def begin(self) -> None:
        """Begin a block."""
        self._native.begin(-FAR)

    def lines(self, text: bytes, at: int) -> LineStop:
        """Sort the lines of a text, from the one that begins at a place."""
        why, begin, end, topic, name = self._native.lines(text, at)
        return LineStop(why, begin, end, topic, name or "")

    def next_line(self, text: bytes, at: int) -> LineStop:
        """The line that begins at a place, which is left to Python."""
        if at >= len(text):
            return LineStop(LINES_DONE, at, at)
        end = text.find(b"\n", at)
        return LineStop(LINES_LEFT, at, len(text) if end < 0 else end)

    @property
    def latest_ms(self) -> int:
        """The time of the latest event of the block."""
        return self._native.state()[0]

    @property
    def count(self) -> int:
        """How many lines of the block were taken, here or there."""
        return self._native.state()[3]

    def add_to(self, span: TakesEvents) -> None:
        """Add the events of the block that were sorted natively."""
        _, first_ms, last_ms, _, events = self._native.state()
        span.events += events
        span.first_ms, span.last_ms = min(span.first_ms, first_ms), max(span.last_ms, last_ms)

    def took(self, latest_ms: int) -> None:
        """Note that Python took a line."""
        self._native.took(latest_ms)

    def route(self, topic: int, name: str, number: int, keeps: tuple[bool, bool], until_ms: tuple[int, int]) -> None:
        """What becomes of the events of a topic and name: whether bare ones and others are kept whole, and before when
        they are Python's."""
        self._native.route(topic, name, number, *keeps, *until_ms)

    def add(
        self, account_id: str, route: int, topic: int, columns: tuple[int, int, int, int], message: bytes | None
    ) -> None:
        """An event that Python has read: `columns` are when it occurred, when it was known, and the fingerprints of its
        id and user; `message` is that of a whole one."""
        self._native.add(account_id.encode(errors="surrogatepass"), route, topic, *columns, message)

    def knows(self, account_id: str) -> bool:
        """Whether an event of the account was kept."""
        return self._native.knows(account_id.encode(errors="surrogatepass"))

    def print_of(self, scoped_id: str) -> int:
        """The fingerprint of an id."""
        return self._siphash(ID_KEY, scoped_id.encode(errors="surrogatepass"))

    def fresh(self) -> list[str]:
        """The accounts that were new since this was asked last, or since the block began."""
        return self._native.fresh()

    def names(self) -> list[list[str]]:
        """By partition, the ids of its accounts by number."""
        return self._native.names()

    def take(self) -> list[Taken]:
        """The columns of the block, by partition."""
        return self._native.take()
