"""What a seed sends: a model, and messages of all kinds in the order in which they come into their logs."""

from __future__ import annotations

import itertools
import random
from functools import cache
from typing import Any, NamedTuple

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings

from alerts.lifecycle.policy import Policy
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS
from scoring.model.loader import PRESETS, load_preset, with_resolution
from scoring.model.model import Model
from streams.clock_kind import ClockKind
from streams.control.messages import Control, EndOverride, SetOverride, Tick, encode_control
from streams.topics import CONTROL_INDEX, TOPICS, partition_of
from tests.builders import a_model, at_ms
from tests.properties.small_models import small_models
from tests.properties.strategies import NAMES, PROPERTIES
from tests.simulation.alert_workload import Fleet, command_at, policy_of
from tests.simulation.forgetting.sent import Forgets
from tests.support.worlds.plain_draws import PLAIN_DRAWS

BASE_MS = at_ms("2026-05-10T10:20:30.400Z")
ACCOUNTS = ("acme", "globex", "tiny", "initech", "hooli", "umbrella", "stark", "wayne")
SPANS_MS = (HOUR_MS, 2 * DAY_MS, 40 * DAY_MS, 100 * DAY_MS)
LATE_MS = (MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 3 * DAY_MS, 20 * DAY_MS, 70 * DAY_MS)
LEAPS_MS = (0, 10 * MINUTE_MS, 5 * HOUR_MS, 3 * DAY_MS, 16 * DAY_MS)
POISON: tuple[bytes | None, ...] = (
    None,
    b"",
    b"{",
    b"\xff\xfe",
    b"[1]",
    b'{"event":"login","timestamp":1778408430}',
    b'{"account_id":7.5,"event":"login","timestamp":1778408430}',
    b'{"account_id":"undefined","event":"login","timestamp":1778408430}',
    b'{"account_id":"acme","event":"login","timestamp":"soon"}',
    b'{"account_id":"acme","event":"login","timestamp":"2090-01-01T00:00:00Z"}',
    b'{"account_id":"' + b"a" * 201 + b'","event":"login","timestamp":1778408430}',
)
COMMANDS = 0.2
"""How often somebody does something with a case, for each event."""
DEDUPE = "400d"
"""Beyond every history: by the wall clock too, a duplicate is one however late it comes."""
SIGNALS: dict[str, dict[str, Any]] = {
    "seats": {"kind": "last", "property": "seats", "topics": list(INPUT_TOPICS)},
    "busy": {"kind": "count", "window": "2h", "topics": list(INPUT_TOPICS)},
}
COMPONENTS: dict[str, dict[str, Any]] = {
    "seats": {"shape": "linear", "signal": "seats", "points": [[0, 100], [3, 0]], "weight": 50},
    "busy": {"shape": "ratio", "signal": "busy", "of": 2, "weight": 50},
}


class Sending(NamedTuple):
    """One message on its way into a partition of a topic. `is_poison`: it must end as a dead letter."""

    topic_index: int
    partition: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    is_poison: bool = False


class Epoch(NamedTuple):
    """Messages of a stretch of time that ends at `end_ms`. `leap_ms` of wall time pass before it."""

    sendings: list[Sending]
    end_ms: int
    leap_ms: int


class Plot(NamedTuple):
    """All that a seed sends. `is_strict`: an undisturbed run says the same to the byte, for the order in which the
    messages are seen does not depend on when they are sent. `is_upfront`: all is sent before anything is read."""

    seed: int
    model: Model
    policy: Policy
    clock: ClockKind
    partitions: int
    epochs: list[Epoch]
    start_ms: int
    is_strict: bool
    is_upfront: bool
    has_alarms: bool
    """Whether fleet alarms may begin and end."""
    has_forgets: bool = False
    """Whether accounts may be forgotten."""


def plot_of(number: int) -> Plot:
    """The plot of a seed."""
    drawn = random.Random(f"plot {number}")
    clock: ClockKind = "event" if drawn.random() < 0.7 else "wall"
    is_strict = clock == "event" and drawn.random() < 0.7
    people, fleet = random.Random(f"people {number}"), Fleet(random.Random(f"fleet {number}"))
    forgets = Forgets(number, merges=not is_strict)
    writer = _Writer(drawn, people, fleet, forgets, clock, drawn.choice((1, 2, 2, 3, 4)), is_strict)
    model = _model_of(number, drawn)
    span_ms = drawn.choice(SPANS_MS)
    epochs = list(writer.epochs(drawn.randint(1, 3), span_ms))
    is_upfront = clock == "event" and drawn.random() < 0.5
    start_ms = BASE_MS if clock == "wall" else BASE_MS + span_ms + DAY_MS
    return Plot(
        number,
        model,
        policy_of(model, number),
        clock,
        writer.partitions,
        epochs,
        start_ms,
        is_strict,
        is_upfront,
        fleet.is_watched,
        forgets.are_sent,
    )


class _Writer:
    """Writes the messages. Mutable: events are numbered, and may come again."""

    def __init__(
        self,
        drawn: random.Random,
        people: random.Random,
        fleet: Fleet,
        forgets: Forgets,
        clock: ClockKind,
        partitions: int,
        is_strict: bool,
    ) -> None:
        self.partitions = partitions
        self._drawn = drawn
        self._clock = clock
        self._accounts = drawn.sample(ACCOUNTS, drawn.randint(1, len(ACCOUNTS)))
        self._misplaced = 0.0 if is_strict else drawn.choice((0.0, 0.15))
        self._poison = drawn.choice((0.0, 0.03, 0.2))
        self._late = drawn.choice((0.0, 0.1, 0.4))
        self._repeated = drawn.choice((0.0, 0.1, 0.3))
        self._numbers = itertools.count()
        self._people = people
        self._fleet = fleet
        self._forgets = forgets
        self._sent: list[Sending] = []

    def epochs(self, number: int, span_ms: int) -> list[Epoch]:
        epochs = []
        now_ms = BASE_MS
        for _ in range(number):
            leap_ms = self._drawn.choice(LEAPS_MS) if self._clock == "wall" else 0
            now_ms += leap_ms if self._clock == "wall" else span_ms // number
            from_ms = now_ms - span_ms // number
            epochs.append(Epoch(self._epoch(from_ms, now_ms), now_ms, leap_ms))
        return epochs

    def _epoch(self, from_ms: int, end_ms: int) -> list[Sending]:
        drawn = self._drawn
        ahead_ms = 3 * MINUTE_MS if self._clock == "wall" else 0
        instants = sorted(self._instant(from_ms, end_ms + ahead_ms) for _ in range(drawn.randint(5, 45)))
        sendings: list[Sending] = []
        for instant in instants:
            sendings.append(self._poisoned(instant) if drawn.random() < self._poison else self._event(instant))
            if drawn.random() < self._repeated and self._sent:
                sendings.append(drawn.choice(self._sent))
            if drawn.random() < 0.06:
                sendings.extend(self._control(min(instant, end_ms)))
            if self._people.random() < COMMANDS:
                account = self._people.choice(self._accounts)
                command, is_poison = command_at(self._people, account, min(instant, end_ms))
                sendings.append(self._controlling(command, _home(account, self.partitions), is_poison))
            if (forget := self._forgets.at(self._accounts, min(instant, end_ms))) is not None:
                is_poison = forget.into == forget.account_id
                sendings.append(self._controlling(forget, _home(forget.account_id, self.partitions), is_poison))
            if (alarm := self._fleet.alarm_at(min(instant, end_ms))) is not None:
                sendings.extend(self._controlling(alarm, partition) for partition in range(self.partitions))
        if self._clock == "event" or drawn.random() < 0.5:
            sendings.extend(self._ticks(end_ms, declare=drawn.random() < 0.6))
        return sendings

    def _instant(self, from_ms: int, to_ms: int) -> int:
        instant = self._drawn.randrange(from_ms, to_ms)
        return instant if self._drawn.random() < 0.7 else max(from_ms, instant - instant % HOUR_MS)

    def _event(self, instant: int) -> Sending:
        drawn = self._drawn
        topic = drawn.choices(INPUT_TOPICS, (5, 2, 2, 2))[0]
        account, number = drawn.choice(self._accounts), next(self._numbers)
        at = instant - drawn.choice(LATE_MS) if drawn.random() < self._late else instant
        body: dict[str, Any] = {"account_id": account, "event": drawn.choice(NAMES[topic]), "timestamp": at}
        body["properties"] = drawn.choice(PROPERTIES[topic])
        body |= drawn.choice(({}, {"user_id": "ann"}, {"user_id": 7}))
        if number % 2:
            body["id"] = f"id{number}"
        home = _home(account, self.partitions)
        if drawn.random() < self._misplaced:
            home = drawn.randrange(self.partitions)
            # Another spelling of the id, by which its producer chose the key.
            account = body["account_id"] = (account, f"{account} ", f"\u200b{account}")[number % 3]
        sending = Sending(TOPICS.index(topic), home, at, account.encode(), msgspec.json.encode(body))
        if "id" in body:
            self._sent.append(sending)
        return sending

    def _poisoned(self, instant: int) -> Sending:
        index = self._drawn.randrange(len(TOPICS))
        # Much of what is poison to an input has other reasons on `control`; all of it is refused.
        key = self._drawn.choice((None, b"acme", b"nobody"))
        value = self._drawn.choice(POISON)
        if index == CONTROL_INDEX and value == b"":
            value = b"?"
        return Sending(index, self._drawn.randrange(self.partitions), instant, key, value, True)

    def _control(self, instant: int) -> list[Sending]:
        drawn = self._drawn
        account = drawn.choice(self._accounts)
        if drawn.random() < 0.3:
            return self._ticks(instant, declare=False)
        if drawn.random() < 0.1:
            account, is_poison = "nobody", True
        else:
            is_poison = False
        control: Control = EndOverride(instant_ms=instant, account_id=account, author="ann")
        if drawn.random() < 0.7:
            until_ms = instant + drawn.choice((MINUTE_MS, 2 * HOUR_MS, 9 * DAY_MS, 900 * DAY_MS))
            score = drawn.choice((0.0, 50.0, 90.0))
            control = SetOverride(
                instant_ms=instant, account_id=account, score=score, reason="known", author="ann", until_ms=until_ms
            )
        return [self._controlling(control, _home(account, self.partitions), is_poison)]

    def _ticks(self, instant: int, *, declare: bool) -> list[Sending]:
        tick = Tick(instant_ms=instant, declare=declare)
        return [self._controlling(tick, partition) for partition in range(self.partitions)]

    def _controlling(self, control: Control, partition: int, is_poison: bool = False) -> Sending:
        return Sending(CONTROL_INDEX, partition, control.instant_ms, None, encode_control(control), is_poison)


@cache
def _home(account: str, partitions: int) -> int:
    return partition_of(account.encode(), partitions)


def _model_of(number: int, drawn: random.Random) -> Model:
    """A preset, one that changes tier with almost every event, or a small one of any kind."""
    which = drawn.random()
    if which < 0.3:
        return _preset(drawn.choice(PRESETS), drawn.choice(("1m", "1h", "1d")))
    if which < 0.6:
        return _flickering()
    return _remembering(_small(number))


@cache
def _preset(name: str, resolution: str) -> Model:
    return _remembering(with_resolution(load_preset(name), resolution))


def _remembering(model: Model) -> Model:
    return msgspec.structs.replace(model, header=msgspec.structs.replace(model.header, dedupe=DEDUPE))


@cache
def _flickering() -> Model:
    return a_model(SIGNALS, COMPONENTS, resolution="15m", dedupe=DEDUPE)


def _small(number: int) -> Model:
    """A model drawn by Hypothesis, the same one for the same seed."""
    models: list[Model] = []

    @seed(number)
    @settings(
        backend=PLAIN_DRAWS,
        max_examples=2,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(small_models())
    def draw(model: Model) -> None:
        models.append(model)

    draw()
    return models[-1]  # the first is always the simplest
