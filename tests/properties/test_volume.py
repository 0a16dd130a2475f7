"""Lanes in virtual time: every told step is in exactly one message, in the account's order, and none waits for ever;
killed at any point and started again too."""

from __future__ import annotations

from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from alerts.gathered import Gathered, Gathering, Why
from alerts.lifecycle.schema import Digest, Quiet, Route, Volume, Weekday
from alerts.lifecycle.volume import LaneVolume
from alerts.step import AlertStep
from scoring.instants import DAY_MS, MINUTE_MS
from tests.builders import an_alert_step, at_ms
from tests.support.examples import examples

START = at_ms("2026-10-23T00:00:00Z")
"""Two days before the clock goes back in Berlin."""
LONGEST_MS = 8 * DAY_MS
"""A week's digest, and a night."""

zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])
times = st.sampled_from(["00:00", "02:30", "07:15", "09:00", "22:00", "23:59"])
names: list[Weekday] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
days = st.lists(st.sampled_from(names), min_size=1, unique=True)
digests = st.builds(lambda at, on, zone: Digest(at=at, days=tuple(on), zone=zone), times, days, zones)
quiets = (
    st.tuples(times, times, days, zones)
    .filter(lambda quiet: quiet[0] != quiet[1])
    .map(lambda quiet: Quiet(from_=quiet[0], to=quiet[1], days=tuple(quiet[2]), zone=quiet[3]))
)
volumes = st.builds(Volume, messages=st.integers(1, 4), within=st.sampled_from(["1m", "10m", "3h"]))


def often_none(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.none(), strategy)


routes = st.builds(
    Route, digest=often_none(digests), quiet=often_none(quiets), storm=often_none(volumes), rate=often_none(volumes)
)
pauses = st.one_of(st.just(0), st.integers(0, 2 * MINUTE_MS), st.integers(0, 30 * MINUTE_MS), st.integers(0, DAY_MS))
kinds = st.sampled_from([("worse", ""), ("worse", ""), ("first", ""), ("summary", ""), ("after_outage", "alarm-1")])
topics = st.lists(st.tuples(pauses, st.sampled_from("abc"), kinds), max_size=40)


class Killed(Exception):
    """The process is gone."""


class SimulatedLane:
    """The driver of a lane, as in `streams.notifier`, over a topic of one partition, with a perfect sink and stores
    that outlive it. It is killed after `lives` effects each."""

    def __init__(
        self, route: Route, steps: list[tuple[int, AlertStep]], lives: list[int], downtimes: list[int]
    ) -> None:
        self.route = route
        self.steps = steps
        self.now = START
        self.received: dict[str, tuple[int, tuple[str, ...]]] = {}
        """By message: when it was received, and its steps. The sink drops what it has."""
        self.marked: set[str] = set()
        self.committed = 0
        self.manifest: tuple[str, str, int] | None = None
        self._lives = lives
        self._downtimes = downtimes

    def run(self) -> None:
        """Live, die and live again until the topic is read and nothing is gathered."""
        while True:
            self._effects = self._lives.pop() if self._lives else 10**9
            try:
                self._live()
            except Killed:
                self.now += self._downtimes.pop() if self._downtimes else 0
            else:
                return

    def _live(self) -> None:
        self._volume = LaneVolume("route/sink", self.route, "UTC")
        self._position = self.committed
        if self.manifest and self.manifest[2] > self.committed:
            self._resume(*self.manifest)
        while self._position < len(self.steps) or self._volume.gathering:
            if self._position < len(self.steps) and self.steps[self._position][0] <= self.now:
                self._take(*self.steps[self._position])
            elif self._volume.is_due(self.now):
                self._send_gathered()
            else:
                self._wait()

    def _wait(self) -> None:
        lane, wakes = self._volume, []
        if self._position < len(self.steps):
            wakes.append(self.steps[self._position][0])
        if lane.gathering:
            wakes.append(lane.free_ms(max(lane.due_ms, self.now)))
        assert min(wakes) > self.now, "time moves on"
        self.now = min(wakes)

    def _take(self, arrived_ms: int, step: AlertStep) -> None:
        lane = self._volume
        if step.id not in self.marked:
            if lane.closes(step, arrived_ms, self.now):
                self._send_gathered()
            if lane.take(step, arrived_ms, self.now):
                self._send(step, "", [step.id], self._position + 1)
        self._position += 1

    def _send_gathered(self) -> None:
        lane = self._volume
        self._send(lane.message(), lane.why, lane.gathering.ids, self._position)
        lane.close()

    def _send(self, message: AlertStep | Gathered, why: str, ids: list[str], end: int) -> None:
        self.manifest = (message.id, why, end)
        self._effect()
        self._deliver(message.id, ids, end)
        self._volume.sent(self.now)

    def _deliver(self, message_id: str, ids: list[str], end: int) -> None:
        self.received.setdefault(message_id, (self.now, tuple(ids)))
        self._effect()
        self.marked.add(message_id)
        self._effect()
        for step_id in ids:
            self.marked.add(step_id)
            self._effect()
        self.committed = end
        self._effect()

    def _resume(self, message_id: str, why: str, end: int) -> None:
        """After a kill: the same message again, or what was left undone of it."""
        steps = [step for _, step in self.steps[self.committed : end]]
        if message_id not in self.marked:
            steps = [step for step in steps if step.id not in self.marked]
            gathering = Gathering()
            for step in steps:
                gathering.add(step)
            again = gathering.only() or gathering.gathered("route/sink", cast("Why", why))
            assert again.id == message_id
        self._deliver(message_id, [step.id for step in steps], end)
        self._position = end

    def _effect(self) -> None:
        self._effects -= 1
        if self._effects <= 0:
            raise Killed


def lane_of(route: Route, topic: list[Any], lives: list[int], downtimes: list[int]) -> SimulatedLane:
    steps, at = [], START
    for number, (pause, account, (reason, outage)) in enumerate(topic):
        at += pause
        steps.append((at, an_alert_step(account_id=account, sequence=number, reason=reason, outage=outage)))
    return SimulatedLane(route, steps, lives, downtimes)


def check_once_and_in_order(lane: SimulatedLane) -> None:
    received = [step_id for _, ids in lane.received.values() for step_id in ids]
    assert received == [step.id for _, step in lane.steps], "each once, and in the order of the topic"


@given(routes, topics)
@examples(300)
def test_each_step_is_in_one_message_in_order_and_comes_in_time(route: Route, topic: list[Any]) -> None:
    lane = lane_of(route, topic, [], [])
    lane.run()
    check_once_and_in_order(lane)
    arrived = {step.id: arrived_ms for arrived_ms, step in lane.steps}
    for at, ids in lane.received.values():
        assert all(0 <= at - arrived[step_id] <= LONGEST_MS for step_id in ids)


@given(routes, topics)
@examples(300)
def test_nothing_is_sent_in_quiet_hours_nor_more_than_the_rate(route: Route, topic: list[Any]) -> None:
    lane = lane_of(route, topic, [], [])
    lane.run()
    sends = [at for at, _ in lane.received.values()]
    free = LaneVolume("route/sink", Route(quiet=route.quiet, storm=None), "UTC")
    assert all(free.free_ms(at) == at for at in sends)
    if route.rate is not None:
        span = {"1m": 1, "10m": 10, "3h": 180}[route.rate.within] * MINUTE_MS
        most = route.rate.messages
        assert all(later - sooner >= span for sooner, later in zip(sends, sends[most:], strict=False))


@given(routes, topics, st.lists(st.integers(1, 60), max_size=12), st.lists(pauses, max_size=12))
@examples(400)
def test_killed_at_any_point_each_step_is_still_received_once(
    route: Route, topic: list[Any], lives: list[int], downtimes: list[int]
) -> None:
    lane = lane_of(route, topic, lives, downtimes)
    lane.run()
    check_once_and_in_order(lane)
