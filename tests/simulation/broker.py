"""The modelled brokers: logs that are appended to and compacted, and the group that reads them."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from scoring.instants import DAY_MS

COMPACTION_LAG_MS = DAY_MS
"""As `streams.kafka.topic_admin` has it for the changelog: younger records are not compacted."""
Place = tuple[str, int]
"""(topic, partition)"""


class Stored(NamedTuple):
    """A record as it lies in a log: what a client hands over, and when it was appended."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    appended_ms: int
    timestamp_type: int = 0


class Brokers:
    """All logs. Offsets stay when records are compacted away or expire. `read_to`: the last that anybody read."""

    def __init__(self) -> None:
        self.logs: defaultdict[Place, list[Stored]] = defaultdict(list)
        self.ends: defaultdict[Place, int] = defaultdict(int)
        self.read_to: defaultdict[Place, int] = defaultdict(lambda: -1)
        self.ids: dict[str, str] = {}
        """The ids of topics that were recreated; any other has its name for one."""

    def append(
        self,
        place: Place,
        key: bytes | None,
        value: bytes | None,
        timestamp: int,
        now_ms: int,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Stored:
        """Add a record at the end."""
        stored = Stored(self.ends[place], timestamp, key, value, headers, now_ms)
        self.logs[place].append(stored)
        self.ends[place] += 1
        return stored

    def read(self, place: Place, offset: int, most: int) -> list[Stored]:
        """Up to `most` records from `offset` on, or from where the log begins by now."""
        log = self.logs[place]
        first = bisect_left(log, offset, key=lambda stored: stored.offset)
        return log[first : first + most]

    def note_read(self, place: Place, offset: int) -> None:
        """Somebody has read so far."""
        self.read_to[place] = max(self.read_to[place], offset)

    def expire(self, place: Place, start: int) -> list[int]:
        """The log begins at `start` from now on; answers the offsets that went."""
        log = self.logs[place]
        self.logs[place] = [stored for stored in log if stored.offset >= start]
        return [stored.offset for stored in log if stored.offset < start]

    def recreate(self, topic: str, partitions: int) -> None:
        """The topic is deleted, and there again: empty, under another id."""
        self.ids[topic] = f"{self.ids.get(topic, topic)}'"
        for number in range(partitions):
            self.logs[topic, number], self.ends[topic, number] = [], 0

    def compact(self, place: Place, now_ms: int, lag_ms: int) -> int:
        """Keep the last record of each key, of those older than `lag_ms`; answers how many went."""
        log = self.logs[place]
        latest = {stored.key: stored.offset for stored in log if stored.appended_ms <= now_ms - lag_ms}
        kept = [stored for stored in log if latest.get(stored.key, stored.offset) <= stored.offset]
        gone = len(log) - len(kept)
        self.logs[place] = kept
        return gone


class Member(Protocol):
    """Whoever takes part in the group."""

    name: str
    offered: tuple[int, list[int]] | None


class Group:
    """The coordinator: who owns what in which generation, and what is committed.

    Whoever is removed is not told: it finds out when a commit is refused, or at a heartbeat.
    """

    def __init__(self, partitions: int, drawn: random.Random, tell: Callable[[str], None]) -> None:
        self.generation = 0
        self.members: list[Member] = []
        self.joined: list[Member] = []
        self.is_joining = False
        self.committed: dict[Place, int] = {}
        self._current: set[str] = set()
        """Members of the generation that is agreed on. One that was removed and joins again is another to the group."""
        self._partitions = partitions
        self._drawn = drawn
        self._tell = tell

    def rebalance(self) -> None:
        """Ask everybody to join again."""
        if not self.is_joining:
            self.is_joining = True
            self.joined = []

    def join(self, member: Member) -> None:
        """A member has joined, for the first time or again."""
        self.rebalance()
        if member not in self.members:
            self.members.append(member)
        if member not in self.joined:
            self.joined.append(member)
        self._complete()

    def remove(self, member: Member) -> None:
        """A member has left, or was not heard of for the session timeout."""
        if member in self.members:
            self.members.remove(member)
            self._current.discard(member.name)
            self.joined = [each for each in self.joined if each is not member]
            self.rebalance()
            self._complete()

    def commit(self, member: Member, generation: int, offsets: Mapping[Place, int]) -> bool:
        """Take a commit, from a member of the current generation only."""
        if member.name not in self._current or generation != self.generation:
            return False
        for place, next_ in offsets.items():
            before = self.committed.get(place, 0)
            assert next_ >= before, f"{place}: {before} was committed, and {next_} is after it"
        self.committed.update(offsets)
        return True

    def _complete(self) -> None:
        if not self.members or len(self.joined) < len(self.members):
            return
        self.generation += 1
        self.is_joining = False
        self._current = {member.name for member in self.members}
        partitions = list(range(self._partitions))
        self._drawn.shuffle(partitions)
        shares = {member.name: partitions[place :: len(self.members)] for place, member in enumerate(self.members)}
        for member in self.members:
            member.offered = self.generation, sorted(shares[member.name])
        self._tell(f"generation {self.generation}: {shares}")
