"""When a lane sends, and when it gathers: each rule by itself, on a timeline of minutes."""

from __future__ import annotations

from typing import Any

from alerts.gathered import Gathered
from alerts.lifecycle import volume
from alerts.lifecycle.schema import Digest, Quiet, Route, Volume
from alerts.lifecycle.volume import LaneVolume
from alerts.step import AlertStep
from scoring.instants import FAR, HOUR_MS, MINUTE_MS
from tests.builders import an_alert_step, at_ms

START = at_ms("2026-11-20T10:00:00Z")
"""A Friday."""


class Timeline:
    """A lane in virtual time: what came out, as (minute, ids)."""

    def __init__(self, route: Route, *, is_gathering: bool = True) -> None:
        self.volume = LaneVolume("route/sink", route, "UTC", is_gathering=is_gathering)
        self.sent: list[tuple[float, int]] = []
        self.whys: list[str] = []
        self.messages: list[AlertStep | Gathered] = []
        self._number = 0

    def step(self, minute: float, now: float | None = None, **fields: Any) -> bool:
        """A step arrives, and is looked at in the minute `now`, at once without one."""
        now_ms, arrived_ms = _ms(minute if now is None else now), _ms(minute)
        self._number += 1
        step = an_alert_step(sequence=self._number, as_of_ms=arrived_ms, **fields)
        if self.volume.closes(step, arrived_ms, now_ms):
            self._close(now_ms)
        is_now = self.volume.take(step, arrived_ms, now_ms)
        if is_now:
            self._sent(now_ms, step, 1)
        return is_now

    def tick(self, minute: float) -> None:
        """Nothing arrives until this minute."""
        if self.volume.is_due(_ms(minute)):
            self._close(_ms(minute))

    def _close(self, now_ms: int) -> None:
        message = self.volume.message()
        self.whys.append(self.volume.why)
        self._sent(now_ms, message, len(self.volume.gathering))
        self.volume.close()

    def _sent(self, now_ms: int, message: AlertStep | Gathered, count: int) -> None:
        self.sent.append(((now_ms - START) / MINUTE_MS, count))
        self.messages.append(message)
        self.volume.sent(now_ms)

    @property
    def due(self) -> float:
        assert self.volume.due_ms < FAR
        return (self.volume.due_ms - START) / MINUTE_MS


def _ms(minute: float) -> int:
    return START + round(minute * MINUTE_MS)


def a_route(**fields: Any) -> Route:
    return Route(**{"storm": None, **fields})


def test_without_rules_each_is_sent_at_once() -> None:
    line = Timeline(a_route())
    assert all(line.step(minute / 10) for minute in range(100))


def test_a_digest_has_what_came_before_its_hour() -> None:
    """
    10:00        11:00        12:00
      a   b        |  c
    """
    line = Timeline(a_route(digest=Digest(at="11:00")))
    assert not line.step(1)
    assert not line.step(59.99)
    assert line.due == 60
    line.tick(59.999)
    assert line.sent == []
    assert not line.step(60.01)
    assert line.sent == [(60.01, 2)]
    assert line.due == 24 * 60 + 60
    line.tick(24 * 60 + 60)
    assert line.sent[1:] == [(1500.0, 1)]
    assert isinstance(line.messages[0], Gathered)
    assert isinstance(line.messages[1], AlertStep), "one step is itself"


def test_a_lane_that_was_down_over_two_digests_makes_both() -> None:
    line = Timeline(a_route(digest=Digest(at="11:00")))
    line.step(1, now=5_000)
    line.step(2, now=5_000)
    line.step(1_000, now=5_000)
    line.tick(5_000)
    assert line.sent == [(5_000, 2), (5_000, 1)]


def test_quiet_hours_gather_and_end_in_one_message() -> None:
    line = Timeline(a_route(quiet=Quiet(from_="11:00", to="12:00")))
    assert line.step(59)
    assert not line.step(60)
    assert not line.step(119)
    line.tick(119.9)
    line.tick(120)
    assert line.step(121)
    assert line.sent == [(59, 1), (120, 2), (121, 1)]
    assert line.whys == ["quiet"]


def test_what_came_before_quiet_hours_and_was_not_sent_in_time_waits_too() -> None:
    line = Timeline(a_route(quiet=Quiet(from_="11:00", to="12:00")))
    assert not line.step(59, now=61)
    line.tick(120)
    assert line.sent == [(120, 1)]


def test_what_came_in_quiet_hours_that_are_over_is_one_message_all_the_same() -> None:
    line = Timeline(a_route(quiet=Quiet(from_="11:00", to="12:00")))
    assert not line.step(61, now=500)
    assert not line.step(62, now=500)
    assert line.step(130, now=500)
    assert line.sent == [(500, 2), (500, 1)]


def test_a_digest_whose_hour_is_quiet_comes_when_the_quiet_ends() -> None:
    line = Timeline(a_route(digest=Digest(at="11:30"), quiet=Quiet(from_="11:00", to="12:00")))
    line.step(1)
    line.tick(90)
    line.tick(119)
    assert line.sent == []
    assert not line.step(119.5), "it joins: nothing may be sent now"
    line.tick(120)
    assert line.sent == [(120, 2)]


STORM = Volume(messages=3, within="10m")


def test_as_many_as_allowed_are_no_storm() -> None:
    line = Timeline(a_route(storm=STORM))
    assert all(line.step(minute) for minute in (0, 1, 2, 10.01, 11.01, 12.01))


def test_one_more_is_a_storm_and_one_message_when_it_is_calm_again() -> None:
    """
    0  1  2  3  4           11    12
    a  b  c  D  E            | DE   f
    """
    line = Timeline(a_route(storm=STORM))
    assert [line.step(minute) for minute in (0, 1, 2, 3)] == [True, True, True, False]
    assert line.due == 10
    line.step(4)
    assert line.due == 11, "with a, b, c, D, E the last three are all that is left at 11:00"
    line.tick(10.99)
    line.tick(11)
    assert line.sent[3:] == [(11, 2)]
    assert line.whys == ["storm"]
    assert not line.step(11.5), "b is over, but c, D, E and this one are four within ten minutes"
    line.tick(13)
    assert line.step(14.5)


def test_what_people_do_makes_no_storm() -> None:
    line = Timeline(a_route(storm=STORM))
    assert all(line.step(number / 10, step="acknowledged", reason="action") for number in range(20))
    assert line.step(3)


def test_a_storm_that_lasts_is_a_message_every_ten_minutes() -> None:
    line = Timeline(a_route(storm=STORM))
    for number in range(60 * 30):
        line.step(number / 60)
        line.tick(number / 60)
    assert [count for _, count in line.sent[:3]] == [1, 1, 1]
    rest = line.sent[3:]
    assert [round(minute) for minute, _ in rest] == [10, 20]
    assert all(595 <= count <= 605 for _, count in rest)


def test_a_burst_at_once_is_one_message_whenever_it_is_looked_at() -> None:
    line = Timeline(a_route(storm=STORM))
    for _ in range(1_000):
        line.step(0, now=300)
    line.tick(300)
    assert line.sent == [(300, 1)] * 3 + [(300, 997)]


def test_a_backlog_of_calm_hours_is_no_storm() -> None:
    line = Timeline(a_route(storm=STORM))
    assert all(line.step(minute * 4, now=1_000) for minute in range(100))


RATE = Volume(messages=2, within="10m")


def test_more_messages_than_the_rate_allows_become_one() -> None:
    line = Timeline(a_route(rate=RATE))
    assert [line.step(minute) for minute in (0, 4, 5, 6)] == [True, True, False, False]
    assert line.due == 10
    line.tick(9.9)
    line.tick(10)
    assert line.sent == [(0, 1), (4, 1), (10, 2)]
    assert line.whys == ["rate"]
    assert not line.step(13), "4 and 10 are within ten minutes"
    line.tick(14)
    assert line.sent[3:] == [(14, 1)]


def test_the_rate_counts_what_is_gathered_too() -> None:
    line = Timeline(a_route(digest=Digest(at="10:05"), rate=Volume(messages=1, within="60m")))
    line.step(1)
    line.tick(5)
    line.volume.sent(_ms(50))
    assert line.volume.free_ms(_ms(51)) == _ms(110)


def test_steps_after_an_outage_are_one_message_when_none_came_for_a_minute() -> None:
    line = Timeline(a_route(storm=STORM))
    for second in (0, 20, 70, 100):
        assert not line.step(second / 60, reason="after_outage", outage="alarm-1")
    assert not line.step(101 / 60, reason="worse"), "what else comes meanwhile joins: the order is kept"
    line.tick(160 / 60)
    line.tick(161 / 60)
    assert line.sent == [(161 / 60, 5)]
    (message,) = line.messages
    assert isinstance(message, Gathered)
    assert (message.why, message.outage) == ("outage", "alarm-1")
    assert line.step(4), "they were no storm"


def test_an_outage_that_does_not_stop_is_told_after_five_minutes() -> None:
    line = Timeline(a_route())
    for number in range(60):
        line.step(number / 6, reason="after_outage", outage="alarm-1")
        line.tick(number / 6)
    assert line.sent[0] == (5, 30)


def test_summaries_of_snoozes_that_end_together_are_one_message() -> None:
    line = Timeline(a_route())
    for _ in range(5):
        assert not line.step(0, reason="summary", step="snooze_ended")
    line.tick(1)
    assert line.sent == [(1, 5)]
    assert line.whys == ["snooze"]


def test_what_else_comes_ends_the_wait_for_summaries() -> None:
    line = Timeline(a_route())
    line.step(0, reason="summary", step="snooze_ended")
    assert line.step(0.5, reason="worse")
    assert line.sent == [(0.5, 1), (0.5, 1)]


def test_a_sink_that_keeps_a_thing_for_each_case_gets_each_step() -> None:
    line = Timeline(a_route(digest=Digest(), storm=STORM, rate=RATE), is_gathering=False)
    assert all(line.step(0) for _ in range(100))


def test_quiet_hours_count_for_it_too() -> None:
    quiet = LaneVolume("a/b", a_route(quiet=Quiet(from_="11:00", to="12:00")), "UTC", is_gathering=False)
    assert quiet.free_ms(START + HOUR_MS) == START + 2 * HOUR_MS


def test_a_message_has_a_bound(monkeypatch: Any) -> None:
    monkeypatch.setattr(volume, "MOST_STEPS", 10)
    line = Timeline(a_route(digest=Digest(at="11:00")))
    for minute in range(25):
        line.step(minute)
    line.tick(60)
    assert [count for _, count in line.sent] == [10, 10, 5]
