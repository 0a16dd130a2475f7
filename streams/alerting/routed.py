"""How many messages each route would have sent for a history of steps: single ones, digests, storms. Pure.

It folds `alerts.lifecycle.volume` in virtual time, as if each step arrived when it was decided and every sink answered
at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from alerts.lifecycle.routing import routes_of
from alerts.lifecycle.schema import AlertRules, PagerDutySink, Route, TicketSink
from alerts.lifecycle.volume import LaneVolume
from alerts.step import AlertStep
from scoring.instants import FAR

NONE = "none"
"""The sink of a route that records and tells nobody."""
NO_ROUTE = ""
"""In place of a route's name: the steps that no route takes."""
SINGLE = "single"
QUIET_REASON = "action"
"""The reason of a told step that is no message of its own: at most one that is there is brought up to date."""


class LaneCount(msgspec.Struct, frozen=True, kw_only=True):
    """What one route sends to one sink: `steps` taken, and the `messages` made of them, by kind: "single", "digest",
    "storm", "quiet", "rate", "outage", "snooze". A route to "none" makes no message; steps that no route takes have the
    route ""."""

    route: str
    sink: str
    steps: int
    messages: int
    kinds: dict[str, int]


def routed(steps: Sequence[AlertStep], rules: AlertRules) -> list[LaneCount]:
    """The lanes in the order of the rules' routes; steps without a route last, if there are any. `steps` may be told;
    they are ordered by time."""
    taken: dict[str, list[AlertStep]] = {name: [] for name in rules.routes}
    lost = 0
    for step in steps:
        if step.reason == QUIET_REASON:
            continue
        names = routes_of(rules.routes, step)
        lost += not names
        for name in names:
            taken[name].append(step)
    found = [_lane(name, sink, route, rules, taken[name]) for name, route in rules.routes.items() for sink in route.to]
    if lost:
        found.append(LaneCount(route=NO_ROUTE, sink=NONE, steps=lost, messages=0, kinds={}))
    return found


def _lane(name: str, sink: str, route: Route, rules: AlertRules, steps: Sequence[AlertStep]) -> LaneCount:
    kinds = Counter[str]()
    if sink != NONE:
        gathers = not isinstance(rules.sinks.get(sink), PagerDutySink | TicketSink)
        kinds.update(_messages(LaneVolume(f"{name}-{sink}", route, rules.header.zone, is_gathering=gathers), steps))
    return LaneCount(route=name, sink=sink, steps=len(steps), messages=kinds.total(), kinds=dict(kinds))


def _messages(lane: LaneVolume, steps: Iterable[AlertStep]) -> Iterable[str]:
    """The kind of each message that a lane sends."""
    for step in steps:
        now_ms = step.as_of_ms
        if kind := _due(lane, now_ms):
            yield kind
        if not lane.gathering:
            free_ms = lane.free_ms(now_ms)
            if lane.take(step, now_ms, now_ms):
                lane.sent(max(now_ms, free_ms))
                yield SINGLE
        else:
            if lane.closes(step, now_ms, now_ms) or lane.is_full():
                yield _close(lane, now_ms)
            if lane.take(step, now_ms, now_ms):
                lane.sent(now_ms)
                yield SINGLE
    if kind := _due(lane, FAR // 2):
        yield kind


def _due(lane: LaneVolume, now_ms: int) -> str:
    """Send what is gathered if that is due by now; its kind, "" for nothing."""
    if not lane.gathering or lane.due_ms > now_ms:
        return ""
    at_ms = lane.free_ms(lane.due_ms)
    return _close(lane, at_ms) if at_ms <= now_ms else ""


def _close(lane: LaneVolume, at_ms: int) -> str:
    kind = lane.why if len(lane.gathering) > 1 else SINGLE
    lane.close()
    lane.sent(at_ms)
    return kind
