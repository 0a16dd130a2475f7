"""Which routes take a step. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.lifecycle.schema import Match, Route
from alerts.step import CANARY_ACCOUNT, AlertStep


def routes_of(routes: Mapping[str, Route], step: AlertStep) -> tuple[str, ...]:
    """The names of the routes that take `step`, in the order of `routes`: the first that matches, and the next ones for
    as long as each before them says `continue`. The canary has none."""
    taken: list[str] = []
    if step.account_id == CANARY_ACCOUNT:
        return ()
    for name, route in routes.items():
        if takes(route.match, step):
            taken.append(name)
            if not route.continue_:
                break
    return tuple(taken)


def takes(match: Match, step: AlertStep) -> bool:
    """Whether all tests of `match` hold for `step`. A step whose MRR is unknown is below every `min_mrr`, and one that
    lacks a trait has no value that a test of that trait names."""
    return (
        (not match.rules or step.rule in match.rules)
        and (not match.severities or step.severity in match.severities)
        and (not match.tiers or step.tier in match.tiers)
        and (not match.steps or step.step in match.steps)
        and all(step.traits.get(trait) in values for trait, values in match.traits.items())
        and (match.min_mrr <= 0 or (step.mrr is not None and step.mrr >= match.min_mrr))
    )


def is_lost(routes: Mapping[str, Route], step: AlertStep) -> bool:
    """Whether no route takes a step that is somebody's: the canary is nobody's."""
    return step.account_id != CANARY_ACCOUNT and not routes_of(routes, step)


def takes_everything(routes: Mapping[str, Route]) -> bool:
    """Whether every step has a route.

    >>> takes_everything({"all": Route()}), takes_everything({"red": Route(match=Match(tiers=("red",)))})
    (True, False)
    """
    return any(route.match == Match() for route in routes.values())
