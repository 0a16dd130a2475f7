"""The lanes of a deployment: one for each route and sink, for each sink of tickets, and for what has no route."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from alerts.lifecycle.routing import is_lost, routes_of, takes_everything
from alerts.lifecycle.schema import AlertRules, Route
from alerts.step import AlertStep
from streams.deployment.settings import Settings
from streams.notifier.sinks import NONE, target_names

TICKETS = "rule-tickets"
"""The route of the tickets that rules ask for. No table has such a name: a dash is not allowed in one."""
UNROUTED = "unrouted"
"""Ends the name of the consumer group of the lane for steps without a route."""


class LanePlan(NamedTuple):
    """One lane. `route` is "" for the steps that no route takes, `sink` is "" for a route to nobody. `takes` says
    whether a told step is this lane's; `table` says how many messages there may be."""

    route: str
    sink: str
    table: Route
    takes: Callable[[AlertStep], bool]

    @property
    def name(self) -> str:
        """Route and sink: "red/slack"."""
        return f"{self.route}/{self.sink}"

    def group(self, settings: Settings) -> str:
        """The consumer group of the lane."""
        if not self.route:
            return settings.notifier_group(UNROUTED)
        return settings.notifier_group(f"{self.route}-{self.sink or NONE}")


def lanes_of(settings: Settings, rules: AlertRules) -> tuple[LanePlan, ...]:
    """All lanes, in the order of the routes.

    >>> from alerts.lifecycle.schema import Header
    >>> rules = AlertRules(header=Header(name="my"), rules={}, routes={"all": Route()})
    >>> [lane.name for lane in lanes_of(Settings(slack_url="https://example.com/x"), rules)]
    ['all/slack']
    """
    lanes: list[LanePlan] = []
    for name, route in rules.routes.items():
        takes = _taken_by(rules, name)
        lanes += [LanePlan(name, sink, route, takes) for sink in target_names(settings, route.to) or ("",)]
    lanes += [_tickets(rules, sink) for sink in sorted({rule.ticket for rule in rules.rules.values()} - {""})]
    if not takes_everything(rules.routes):
        lanes.append(LanePlan("", "", Route(), lambda step: is_lost(rules.routes, step)))
    return tuple(lanes)


def _taken_by(rules: AlertRules, route: str) -> Callable[[AlertStep], bool]:
    return lambda step: route in routes_of(rules.routes, step)


def _tickets(rules: AlertRules, sink: str) -> LanePlan:
    names = frozenset(name for name, rule in rules.rules.items() if rule.ticket == sink)
    return LanePlan(TICKETS, sink, Route(to=(sink,), storm=None), lambda step: step.rule in names)
