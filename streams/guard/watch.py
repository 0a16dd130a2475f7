"""The guard's state, and what it decides: a fold of the messages on `arrivals`. Pure: its only time is theirs.

*Now* is the instant up to which every partition has reported. While a worker is silent it stands still, and nothing is
decided: no word from a worker is not the silence of a feed. After a gap in what a partition reports, the silence of
each feed is counted from its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from scoring.fingerprint import fingerprint
from scoring.instants import DAY_MS, SECOND_MS
from streams.arrivals import Arrivals
from streams.guard.rates import (
    FALLS,
    WATCHED,
    WINDOW_MS,
    Limits,
    Window,
    Windows,
    fall_threshold,
    fell,
    has_stopped,
    is_back,
)

TOPIC, SOURCE, FLEET = "topic:", "source:", "fleet"
GAP_MS = 60 * SECOND_MS
"""A pause between two messages of a partition that is longer was not watched. Twice a worker's heartbeat."""
JUDGED_EVERY_MS = 20 * SECOND_MS
LONGEST_MS = 3 * DAY_MS
"""An alarm that does not end is given up after this long."""
Kind = Literal["feed", "fleet"]
Change = Literal["begun", "ended", "given_up"]


class Feed(msgspec.Struct):
    """A topic, a source, or the fleet. Mutable; owned by `State`."""

    heard_ms: int = 0
    """When it was last heard."""
    silent_ms: int = 0
    """Since when its silence is counted: when it was heard, or the end of a gap in the reports."""
    alarm: str = ""
    """The id of the alarm that is on, "" for none."""
    begun_ms: int = 0
    since_ms: int = 0
    given_up_ms: int = 0
    """When an alarm was given up: until it is heard again there is no other."""


class Partition(msgspec.Struct):
    """What a partition reported last. Mutable; owned by `State`."""

    to_ms: int = 0
    accounts: int = 0


class State(msgspec.Struct):
    """All that the guard keeps beside the counts. Mutable; owned by `Watch`."""

    feeds: dict[str, Feed] = {}
    partitions: dict[int, Partition] = {}
    judged_ms: int = 0
    case_id: str = ""
    """The case of operations that is open: the first alarm's id; "" for none."""
    case_steps: int = 0
    opened_ms: int = 0
    sequence: int = 0


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm begins or ends at `at_ms`. `number` is how many accounts fell, `of` of how many."""

    kind: Kind
    name: str
    change: Change
    alarm: str
    at_ms: int
    since_ms: int
    number: int = 0
    of: int = 0


def alarm_id(feed: str, at_ms: int) -> str:
    """The id of an alarm, whichever process works it out. `at_ms` is when a feed was last heard: so the id is the same
    when the alarm was sent, but not noted, and is found again later. Of the fleet it is when it was found to fall."""
    return f"{fingerprint(f'{feed} {at_ms}'):016x}"


class Watch:
    """Folds arrivals into windows and decides. Mutable; owned by the guard's app.

    `topics_of` has the input topics of each source of the model.
    """

    def __init__(self, limits: Limits, partitions: int, topics_of: Mapping[str, tuple[str, ...]]) -> None:
        self._limits = limits
        self._partitions = partitions
        self._topics_of = topics_of
        self.state = State()

    @property
    def now_ms(self) -> int:
        """Up to when all partitions have reported, 0 while some never has."""
        seen = self.state.partitions
        if any(number not in seen for number in range(self._partitions)):
            return 0
        return min(seen[number].to_ms for number in range(self._partitions))

    @property
    def accounts(self) -> int:
        """The number of accounts with a score."""
        return sum(each.accounts for each in self.state.partitions.values())

    def take(self, message: Arrivals, window: Window) -> Window | None:
        """Fold a message into the window of its instant. Returns the window as it is now; None for a message that was
        taken before, or is of a worker that had the partition earlier."""
        if message.partition >= self._partitions:
            return None
        seen = self.state.partitions.setdefault(message.partition, Partition())
        if message.to_ms <= seen.to_ms:
            return None
        if message.from_ms - seen.to_ms > GAP_MS:
            for feed in self.state.feeds.values():
                feed.silent_ms = max(feed.silent_ms, message.to_ms)
        watched_ms = message.to_ms - max(message.from_ms, seen.to_ms)
        seen.to_ms, seen.accounts = message.to_ms, message.accounts
        counts = {f"{TOPIC}{name}": count for name, count in message.topics.items()}
        counts |= {f"{SOURCE}{name}": count for name, count in message.sources.items()}
        for name in counts:
            feed = self.state.feeds.setdefault(name, Feed())
            heard_ms = message.latest_ms.get(name.removeprefix(TOPIC), message.to_ms)
            feed.heard_ms = max(feed.heard_ms, heard_ms)
            feed.silent_ms = max(feed.silent_ms, heard_ms)
        counts[WATCHED] = watched_ms
        return {name: window.get(name, 0) + counts.get(name, 0) for name in window.keys() | counts.keys()}

    def decide(self, windows: Windows) -> list[Decision]:
        """What begins or ends now. Call it after each message; it changes nothing until the caller calls `apply`."""
        now_ms = self.now_ms
        if not self._is_due(now_ms):
            return []
        return [*self._about_feeds(windows, now_ms), *self.decide_on_fleet(windows, now_ms)]

    def decide_on_fleet(self, windows: Windows, now_ms: int) -> list[Decision]:
        """Whether the fleet falls together, or has ended to."""
        fleet = self.state.feeds.get(FLEET, Feed())
        threshold = fall_threshold(windows, now_ms, self.accounts, self._partitions, self._limits)
        if fleet.alarm:
            if now_ms - fleet.begun_ms >= LONGEST_MS:
                return [self._end(FLEET, fleet, now_ms, "given_up")]
            span = max(self._limits.within_ms, 2 * WINDOW_MS)
            calm = threshold is None or fell(windows, now_ms, span) <= threshold / 2
            return [self._end(FLEET, fleet, now_ms)] if calm and now_ms - fleet.begun_ms >= span else []
        fallen = fell(windows, now_ms, self._limits.within_ms)
        if threshold is None or fallen <= threshold:
            return []
        begun = Decision(
            kind="fleet",
            name=FLEET,
            change="begun",
            alarm=alarm_id(FLEET, now_ms),
            at_ms=now_ms,
            since_ms=now_ms - self._limits.within_ms,
            number=int(fallen),
            of=self.accounts,
        )
        return [begun]

    def apply(self, decision: Decision) -> None:
        """Note a decision whose messages were sent."""
        feed = self.state.feeds.setdefault(decision.name, Feed())
        if decision.change == "begun":
            feed.alarm, feed.begun_ms, feed.since_ms = decision.alarm, decision.at_ms, decision.since_ms
            return
        feed.alarm = ""
        feed.silent_ms = max(feed.silent_ms, decision.at_ms)
        if decision.change == "given_up":
            feed.given_up_ms = decision.at_ms
        for name in self._sources_of(decision.name):  # their silence was the topic's
            source = self.state.feeds.get(name)
            if source is not None:
                source.silent_ms = max(source.silent_ms, decision.at_ms)

    def judged(self) -> None:
        """Note that all decisions of `decide` are applied."""
        if self._is_due(self.now_ms):
            self.state.judged_ms = self.now_ms

    def _is_due(self, now_ms: int) -> bool:
        return now_ms >= self.state.judged_ms + JUDGED_EVERY_MS

    def _about_feeds(self, windows: Windows, now_ms: int) -> list[Decision]:
        decided: list[Decision] = []
        down = {name for name, feed in self.state.feeds.items() if feed.alarm}
        for name in sorted(self.state.feeds, key=lambda name: (not name.startswith(TOPIC), name)):
            feed = self.state.feeds[name]
            if name == FLEET:
                continue
            if feed.alarm:
                if feed.heard_ms > feed.begun_ms and is_back(
                    windows, name, now_ms, self._partitions, self._limits.zone
                ):
                    decided.append(self._end(name, feed, now_ms))
                elif now_ms - feed.begun_ms >= LONGEST_MS:
                    decided.append(self._end(name, feed, now_ms, "given_up"))
            elif self._begins(windows, name, feed, now_ms, down):
                down.add(name)
                decided.append(
                    Decision(
                        kind="feed",
                        name=name,
                        change="begun",
                        alarm=alarm_id(name, feed.heard_ms),
                        at_ms=now_ms,
                        since_ms=feed.heard_ms,
                    )
                )
        return decided

    def _begins(self, windows: Windows, name: str, feed: Feed, now_ms: int, down: set[str]) -> bool:
        """Whether a feed has stopped. A source of a topic that has is part of that."""
        topics = self._topics_of.get(name.removeprefix(SOURCE), ()) if name.startswith(SOURCE) else ()
        if any(f"{TOPIC}{topic}" in down for topic in topics):
            return False
        if feed.given_up_ms and feed.heard_ms <= feed.given_up_ms:
            return False
        return has_stopped(windows, name, feed.silent_ms, now_ms, self._partitions, self._limits)

    def _sources_of(self, topic: str) -> list[str]:
        name = topic.removeprefix(TOPIC)
        return [f"{SOURCE}{source}" for source, topics in self._topics_of.items() if name in topics]

    def _end(self, name: str, feed: Feed, now_ms: int, change: Change = "ended") -> Decision:
        return Decision(
            kind="fleet" if name == FLEET else "feed",
            name=name,
            change=change,
            alarm=feed.alarm,
            at_ms=now_ms,
            since_ms=feed.since_ms,
        )


def with_falls(window: Window, count: int) -> Window:
    """A window with `count` more accounts that fell."""
    return {**window, FALLS: window.get(FALLS, 0) + count}
