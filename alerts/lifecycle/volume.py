"""How many messages a lane sends: each step at once, or gathered with others. Pure: a fold over steps and instants.

A lane never mixes: while it gathers, every step joins what is gathered, so the order of each account is kept. What is
gathered has a due instant, which always comes.
"""

from __future__ import annotations

from collections import deque

from alerts.gathered import Gathered, Gathering, Why
from alerts.lifecycle.schema import Route
from alerts.lifecycle.send_times import DigestTimes, QuietHours
from alerts.step import AlertStep
from scoring.instants import FAR, MINUTE_MS, parse_duration

LULL_MS = MINUTE_MS
BURST_MS = 5 * MINUTE_MS
"""Steps of the end of a fleet alarm, or of snoozes that end, are gathered until none came for a minute, and for at most
five."""
MOST_STEPS = 250_000
"""The most steps of one message. What is more is the next message: memory has a bound."""


class LaneVolume:
    """The decisions of one lane. Instants are milliseconds. `arrived_ms`, when a step was put on the topic, decides
    what belongs together; `now_ms` decides what may be sent. So a lane that was down makes the messages that it would
    have made. Neither needs to be in order: an instant that goes back counts as the one before.

    The order of calls: for each step `closes`, and when it says so `close` first; then `take`, and when that says so
    the step is sent, and `sent` is called. Between steps `is_due`, and then `close`, `sent`.

    What the last `rate` was used for is not stored: after a restart a lane may send up to `messages` more.
    """

    def __init__(self, lane: str, route: Route, zone: str, *, is_gathering: bool = True) -> None:
        """`lane` identifies route and sink, `zone` is that of the rules. Unless `is_gathering`, only quiet hours count,
        and nothing is gathered."""
        self._lane = lane
        self._is_gathering = is_gathering
        self._digest = DigestTimes(route.digest, zone) if route.digest else None
        self._quiet = QuietHours(route.quiet, zone) if route.quiet else None
        storm, rate = route.storm, route.rate
        self._storm_ms = parse_duration(storm.within) if storm else 0
        self._rate_ms = parse_duration(rate.within) if rate else 0
        self._arrivals: deque[int] = deque(maxlen=storm.messages + 1 if storm else 0)
        self._sends: deque[int] = deque(maxlen=rate.messages if rate else 0)
        self._arrived_ms = self._began_ms = 0
        self.gathering = Gathering()
        """Empty when nothing is gathered. To be read, not changed."""
        self.why: Why = "digest"
        self.due_ms = FAR
        """The instant from which what is gathered is to be sent; `FAR` when nothing is gathered."""
        self._outage = ""

    def closes(self, step: AlertStep, arrived_ms: int, now_ms: int) -> bool:
        """Whether what is gathered must be sent before `step`, which arrived after its due instant."""
        if not self.gathering or self.free_ms(now_ms) > now_ms:
            return False
        if len(self.gathering) >= MOST_STEPS:
            return True
        is_other = self.why == "snooze" and step.reason != "summary"
        return is_other or min(arrived_ms, now_ms) >= self.due_ms

    def is_full(self) -> bool:
        """Whether no further step may be taken before `close`."""
        return len(self.gathering) >= MOST_STEPS

    def take(self, step: AlertStep, arrived_ms: int, now_ms: int) -> bool:
        """Whether `step` is to be sent now; else it is gathered."""
        self._arrived_ms = arrived_ms = max(self._arrived_ms, min(arrived_ms, now_ms))
        if not self._is_gathering:
            return True
        is_expected = step.reason in ("after_outage", "summary", "action")  # action: an edit, not a message
        if not is_expected:
            self._arrivals.append(arrived_ms)
        if self.gathering:
            self.gathering.add(step)
            self._put_off(arrived_ms)
            return False
        why = self._why(step, arrived_ms, now_ms)
        if why is None:
            return True
        self.why, self._began_ms = why, arrived_ms
        self._outage = step.outage if why == "outage" else ""
        self.gathering.add(step)
        self.due_ms = self._first_due(arrived_ms, now_ms)
        return False

    def is_due(self, now_ms: int) -> bool:
        """Whether what is gathered is to be sent now, once all steps that arrived before the due instant were taken."""
        return now_ms >= self.due_ms and self.free_ms(now_ms) <= now_ms

    def free_ms(self, now_ms: int) -> int:
        """The first instant from `now_ms` on at which a message may be sent: not in quiet hours, within the rate."""
        free = self._quiet.end(now_ms) if self._quiet else now_ms
        if self._is_rate_used(free) and self._is_gathering:
            free = self._sends[0] + self._rate_ms
            free = self._quiet.end(free) if self._quiet else free
        return free

    def message(self) -> AlertStep | Gathered:
        """What is gathered, as a message; a single step is itself. There must be a step."""
        return self.gathering.only() or self.gathering.gathered(self._lane, self.why, self._outage)

    def close(self) -> None:
        """Forget what is gathered: it is sent, or no longer this lane's."""
        self.gathering, self.due_ms, self._outage = Gathering(), FAR, ""

    def sent(self, now_ms: int) -> None:
        """A message was sent."""
        if self._sends.maxlen:
            self._sends.append(now_ms)

    def _why(self, step: AlertStep, arrived_ms: int, now_ms: int) -> Why | None:
        """What makes `step` the first of a gathering."""
        if self._digest is not None:
            return "digest"
        if self._quiet is not None and (self._quiet.end(now_ms) > now_ms or self._quiet.end(arrived_ms) > arrived_ms):
            return "quiet"
        if step.reason == "after_outage":
            return "outage"
        if step.reason == "summary":
            return "snooze"
        if step.reason != "action" and self._is_storm(arrived_ms):
            return "storm"
        return "rate" if self._is_rate_used(now_ms) else None

    def _first_due(self, arrived_ms: int, now_ms: int) -> int:
        match self.why:
            case "digest":
                assert self._digest is not None
                return self._digest.after(arrived_ms)
            case "quiet":
                assert self._quiet is not None
                end = self._quiet.end(now_ms)
                return end if end > now_ms else self._quiet.end(arrived_ms)
            case "outage" | "snooze":
                return arrived_ms + LULL_MS
            case "storm":
                return self._calm_ms()
            case "rate":
                return self._sends[0] + self._rate_ms

    def _put_off(self, arrived_ms: int) -> None:
        """Another step was gathered: some reasons then wait longer, each up to a limit."""
        if self.why in ("outage", "snooze"):
            self.due_ms = min(arrived_ms + LULL_MS, self._began_ms + BURST_MS)
        elif self.why == "storm":
            self.due_ms = self._calm_ms()

    def _is_storm(self, arrived_ms: int) -> bool:
        """Whether more than `messages` steps arrived within the last `within`, [arrived - within, arrived]."""
        most = self._arrivals.maxlen or 0
        return most > 0 and len(self._arrivals) == most and arrived_ms - self._arrivals[0] < self._storm_ms

    def _calm_ms(self) -> int:
        """When the rate has fallen again if nothing more arrives, at most `within` after the gathering began."""
        if len(self._arrivals) < (self._arrivals.maxlen or 0):
            return self._began_ms
        return min(self._arrivals[0] + self._storm_ms, self._began_ms + self._storm_ms)

    def _is_rate_used(self, now_ms: int) -> bool:
        used = self._sends.maxlen or 0
        return used > 0 and len(self._sends) == used and now_ms - self._sends[0] < self._rate_ms
