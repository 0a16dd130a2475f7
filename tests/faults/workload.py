"""The load: an event history that a seed decides, in rounds of six hours each. Pure.

Every round brings a message to every partition of every input, and a tick to every partition of `control`, with what
people do with cases. So workers
that merge topics by time (the event clock) are driven by what is in the log, never by how long something took, and a
run has one outcome: the same answers and the same notifications, offsets and all, whatever happens on the way.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, HOUR_MS, parse_instant, rfc3339
from streams.control.messages import CaseCommand, Tick, encode_control
from streams.topics import CONTROL, partition_of
from tests.simulation.alert_workload import KINDS

ROUND_MS = 6 * HOUR_MS
ACCOUNTS = 60
ROUND_EVENTS = 30
"""Of accounts with a story; the messages that keep every partition going come on top."""
ROUND_COMMANDS = 5
RULES = ("", "tier", "tier", "drop", "tickets", "money")
"""Of `alerts.toml`; "" is the whole account."""
SNOOZES_MS = (2 * HOUR_MS, DAY_MS, 3 * DAY_MS)
_BEGIN_MS = parse_instant("2015-01-01T00:30:00Z")
_SEVERITIES = ("low", "normal", "high", "urgent")


class Load(msgspec.Struct, frozen=True):
    """One message of the load; `instant_ms` is its time and its event's. `account_id` is "" for control."""

    topic: str
    partition: int
    account_id: str
    instant_ms: int
    value: bytes | None
    is_poison: bool = False
    """It cannot be used, and belongs among the dead letters."""
    is_command: bool = False
    """What somebody does with a case, if there is one: else it is refused."""


class Round(msgspec.Struct, frozen=True):
    """Six hours: its messages in the order of their time, all in (`instant_ms` - `ROUND_MS`, `instant_ms`]."""

    instant_ms: int
    messages: tuple[Load, ...]


class History:
    """The rounds of one seed, made as they are asked for and kept. Not thread-safe.

    Half of the accounts' events have no id, so that nothing but its offset keeps a message from counting twice. With
    `all_ids` every event has one: for brokers that restart, where the load's own producer may write a message twice.
    """

    def __init__(self, seed: int, partitions: int, *, all_ids: bool = False) -> None:
        self.partitions = partitions
        self._all_ids = all_ids
        self._rng = random.Random(seed)
        self._people = random.Random(f"people {seed}")
        self._rounds: list[Round] = []
        self._stories = [_Story(number, self._rng) for number in range(ACCOUNTS)]
        self.beats = [account_in(partition, partitions, "beat") for partition in range(partitions)]

    def round(self, number: int) -> Round:
        """The `number`-th round, from 0."""
        while len(self._rounds) <= number:
            self._rounds.append(self._next())
        return self._rounds[number]

    def accounts(self, rounds: int) -> set[str]:
        """The accounts of the first `rounds`."""
        found = {load.account_id for number in range(rounds) for load in self.round(number).messages}
        return found - {""}

    def closing(self, instant_ms: int) -> list[Load]:
        """What lets a tick at `instant_ms` pass the merge: a later message on every partition of every topic.

        They are of accounts that are nowhere else, which no answer at the tick knows.
        """
        later_ms = instant_ms + 1
        names = [(partition, account_in(partition, self.partitions, "after")) for partition in range(self.partitions)]
        events = [self._beat(topic, *name, later_ms) for name in names for topic in INPUT_TOPICS]
        return events + [self.tick(partition, later_ms) for partition in range(self.partitions)]

    def tick(self, partition: int, instant_ms: int, *, declare: bool = False) -> Load:
        """A tick for one partition of `control`."""
        value = encode_control(Tick(instant_ms=instant_ms, declare=declare))
        return Load(CONTROL, partition, "", instant_ms, value)

    def _next(self) -> Round:
        start_ms = _BEGIN_MS + len(self._rounds) * ROUND_MS
        end_ms = start_ms + ROUND_MS
        chosen = self._rng.choices(self._stories, [story.busy for story in self._stories], k=ROUND_EVENTS)
        instants = sorted(self._rng.sample(range(start_ms + 1, end_ms), ROUND_EVENTS))
        messages = [self._of(story, at_ms) for story, at_ms in zip(chosen, instants, strict=True)]
        messages += [self._command(at_ms) for at_ms in self._instants(start_ms, end_ms)]
        for story in self._stories:
            story.go_on(self._rng)
        for partition, account_id in enumerate(self.beats):
            messages += [self._beat(topic, partition, account_id, end_ms) for topic in INPUT_TOPICS]
            messages.append(self.tick(partition, end_ms))
        return Round(end_ms, tuple(messages))

    def _of(self, story: _Story, at_ms: int) -> Load:
        topic, body = story.event(self._rng)
        partition = partition_of(story.account_id.encode(), self.partitions)
        return Load(topic, partition, story.account_id, at_ms, self._json(story.account_id, at_ms, topic, body))

    def _instants(self, start_ms: int, end_ms: int) -> list[int]:
        """Of a round's commands. No two of an account have one instant."""
        return sorted(self._people.sample(range(start_ms + 1, end_ms), ROUND_COMMANDS))

    def _command(self, at_ms: int) -> Load:
        """What a person does with a case of some account: most often there is none, or it is not that far."""
        account_id = self._people.choice(self._stories).account_id
        command = CaseCommand(
            instant_ms=at_ms,
            account_id=account_id,
            command=self._people.choice(KINDS),
            author=self._people.choice(("ann", "bob")),
            rule=self._people.choice(RULES),
            until_ms=at_ms + self._people.choice(SNOOZES_MS),
            assignee="cat",
        )
        partition = partition_of(account_id.encode(), self.partitions)
        return Load(CONTROL, partition, "", at_ms, encode_control(command), is_command=True)

    def _beat(self, topic: str, partition: int, account_id: str, at_ms: int) -> Load:
        value = self._json(account_id, at_ms, topic, {"event": f"{topic}_beat"})
        return Load(topic, partition, account_id, at_ms, value)

    def _json(self, account_id: str, at_ms: int, topic: str, body: dict[str, object]) -> bytes:
        """An id is unique by account, instant and topic: no account has two events of a topic at one instant."""
        identity = {"id": f"{account_id}/{topic}/{at_ms}"} if self._all_ids or at_ms % 2 else {}
        return msgspec.json.encode({"account_id": account_id, "timestamp": rfc3339(at_ms), **identity, **body})


class _Story:
    """An account that is busy or quiet, and in trouble or not, for some days each."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self.account_id = f"account-{number:02d}"
        self.busy = rng.choice((0.05, 0.5, 1.0, 3.0))
        self.troubled = rng.random() < 0.3
        self._tickets: list[str] = []
        self._opened = 0

    def go_on(self, rng: random.Random) -> None:
        """Change, once in some forty rounds."""
        if rng.random() < 1 / 40:
            self.busy = rng.choice((0.02, 0.05, 0.5, 1.0, 3.0))
        if rng.random() < 1 / 40:
            self.troubled = not self.troubled

    def event(self, rng: random.Random) -> tuple[str, dict[str, object]]:
        """Its next event: topic and body."""
        dice = rng.random()
        trouble = 3.0 if self.troubled else 0.5
        if dice < 0.08 * trouble:
            return "exceptions", {"properties": {"kind": "TimeoutError"}}
        if dice < 0.14 * trouble:
            return "tickets", self._ticket(rng)
        if dice < 0.16 * trouble:
            return "billing", {"event": "payment_failed"}
        if dice > 0.95:
            return "billing", {
                "event": "plan_changed",
                "properties": {"mrr": rng.randrange(100, 9_000), "plan": "scale", "seats": rng.randrange(2, 40)},
            }
        if dice > 0.93:
            return "analytics", {"event": "survey_answered", "properties": {"nps": rng.randrange(11)}}
        return "analytics", {"event": f"feature_{rng.randrange(12)}", "user_id": f"user-{rng.randrange(20)}"}

    def _ticket(self, rng: random.Random) -> dict[str, object]:
        if self._tickets and rng.random() < 0.5:
            properties = {"ticket_id": self._tickets.pop(0), "csat": rng.randrange(1, 6)}
            return {"event": "ticket_resolved", "properties": properties}
        self._opened += 1
        self._tickets.append(f"{self.account_id}/{self._opened}")
        properties = {"ticket_id": self._tickets[-1], "severity": rng.choice(_SEVERITIES)}
        return {"event": "ticket_opened", "properties": properties}


def account_in(partition: int, partitions: int, word: str) -> str:
    """The first account id made of `word` and a number whose home is `partition`."""
    return next(name for name in _names(word) if partition_of(name.encode(), partitions) == partition)


def _names(word: str) -> Iterator[str]:
    number = 0
    while True:
        yield f"{word}-{number}"
        number += 1
