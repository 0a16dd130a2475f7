"""The second pass: the events of one partition, read back from the spill, account by account."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from scoring.event.event import Event, EventDecoder
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import FAR
from streams.replay.by_account.reading import SorterReport
from streams.replay.by_account.spill import Chunk, Place, SpillPort, WholeEvent, empty_chunk

_NAMES = msgspec.msgpack.Decoder(list[str])


class RouteNumbers:
    """One numbering of routes for all sorters. `routes` are topic and name by number; number 0 has none."""

    def __init__(self, reports: Sequence[SorterReport]) -> None:
        numbers: dict[tuple[str, str], int] = {("", ""): 0}
        self.of_sorter: list[list[int]] = []
        """By sorter and by its number, as it stands in a chunk: the number here, doubled in the same way."""
        for report in reports:
            table = []
            for route in report.routes:
                number = numbers.setdefault(route, len(numbers))
                table += [2 * number, 2 * number + 1]
            self.of_sorter.append(table)
        self.routes = list(numbers)


class AccountEvents(msgspec.Struct):
    """All events of one account, in the order in which they were known: parallel columns.

    `routes` are numbers of `RouteNumbers`, doubled, plus 1 for a whole event, whose place is then in `users`.
    `has_copies` says whether some id comes twice; `prints` then are 0 for any other.
    """

    account_id: str
    routes: array[int]
    occurred: array[int]
    known: array[int]
    prints: array[int]
    users: array[int]
    has_copies: bool


class Partition:
    """The events of one partition, in memory."""

    def __init__(
        self,
        spill: SpillPort,
        places: Sequence[Place],
        names: Sequence[Place],
        numbers: RouteNumbers,
        latest: dict[int, int],
    ) -> None:
        """`places` are those of its chunks, and `names` those of its accounts' ids, by sorter. `latest` has, by block,
        the latest event of the blocks before, for an arrival in the order of the file; else it is empty."""
        self._rows = empty_chunk()
        self.copies = 0
        """How many events of the accounts that were taken have the id of an earlier one."""
        self._names: dict[str, int] = {}
        tables: list[list[int]] = []
        for place in names:
            ids = _NAMES.decode(spill.read_bytes(place)) if place.length else []
            tables.append([self._names.setdefault(name, len(self._names)) for name in ids])
        for place in sorted(places, key=lambda each: each.block):
            chunk = spill.read(place)
            self._add(chunk, tables[place.writer], numbers.of_sorter[place.writer], latest.get(place.block))

    def __len__(self) -> int:
        """The number of events."""
        return len(self._rows.accounts)

    @property
    def whole(self) -> list[WholeEvent]:
        """The whole events, by their places."""
        return self._rows.whole

    def accounts(self) -> Iterator[AccountEvents]:
        """Every account that has an event, by id."""
        places: list[array[int]] = [array("I") for _ in self._names]
        for place, account in enumerate(self._rows.accounts):
            places[account].append(place)
        for name, number in sorted(self._names.items()):
            if places[number]:
                yield self._events(name, places[number])

    def _add(self, chunk: Chunk, accounts: list[int], routes: list[int], latest_ms: int | None) -> None:
        rows, whole_before = self._rows, len(self._rows.whole)
        rows.accounts.extend(map(accounts.__getitem__, chunk.accounts))
        rows.routes.extend(map(routes.__getitem__, chunk.routes))
        rows.occurred.extend(chunk.occurred)
        if latest_ms is None:
            rows.known.extend(chunk.known)
        else:
            rows.known.extend([max(latest_ms, known) for known in chunk.known])
        rows.prints.extend(chunk.prints)
        if chunk.whole:
            is_whole_at = zip(chunk.routes, chunk.users, strict=True)
            rows.users.extend([user + whole_before if route & 1 else user for route, user in is_whole_at])
            rows.whole += chunk.whole
        else:
            rows.users.extend(chunk.users)

    def _events(self, account_id: str, places: Sequence[int]) -> AccountEvents:
        rows, known = self._rows, self._rows.known
        if any(known[one] > known[other] for one, other in pairwise(places)):
            places = sorted(places, key=known.__getitem__)
        prints = array("Q", map(rows.prints.__getitem__, places))
        with_id = len(prints) - prints.count(0)
        copies = with_id + (with_id < len(prints)) - len(set(prints)) if with_id > 1 else 0
        self.copies += copies
        if copies:  # those that come once are no copies, and have none
            times = Counter(prints)
            prints = array("Q", [each if times[each] > 1 else 0 for each in prints])
        return AccountEvents(
            account_id,
            array("I", map(rows.routes.__getitem__, places)),
            array("q", map(rows.occurred.__getitem__, places)),
            array("q", map(known.__getitem__, places)),
            prints,
            array("Q", map(rows.users.__getitem__, places)),
            copies > 0,
        )


def event_of(decoder: EventDecoder, whole: WholeEvent) -> Event:
    """The event that was kept whole. It was accepted when the events were sorted."""
    topic, message = whole
    return decoder.decode(INPUT_TOPICS[topic], message, 0, FAR)
