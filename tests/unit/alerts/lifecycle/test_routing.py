"""Which routes take a step."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.lifecycle.routing import is_lost, routes_of, takes, takes_everything
from alerts.lifecycle.schema import Match, Route
from alerts.step import CANARY_ACCOUNT
from tests.builders import an_alert_step


def test_the_first_that_matches_takes_it_and_ends_the_search() -> None:
    routes = {
        "red": Route(match=Match(tiers=("red",))),
        "all": Route(),
        "never": Route(),
    }
    assert routes_of(routes, an_alert_step(tier="red")) == ("red",)
    assert routes_of(routes, an_alert_step(tier="yellow")) == ("all",)


def test_continue_goes_on_to_the_next_that_matches() -> None:
    routes = {
        "record": Route(to=("none",), continue_=True),
        "green": Route(match=Match(tiers=("green",)), continue_=True),
        "red": Route(match=Match(tiers=("red",))),
        "all": Route(),
    }
    assert routes_of(routes, an_alert_step(tier="red")) == ("record", "red")
    assert routes_of(routes, an_alert_step(tier="yellow")) == ("record", "all")


def test_a_step_may_have_no_route() -> None:
    routes = {"red": Route(match=Match(tiers=("red",)))}
    assert routes_of(routes, an_alert_step(tier="yellow")) == ()
    assert not takes_everything(routes)


@pytest.mark.parametrize(
    ("match", "step", "is_taken"),
    [
        (Match(rules=("tier", "drop")), {"rule": "drop"}, True),
        (Match(rules=("tier", "drop")), {"rule": "flag"}, False),
        (Match(severities=("critical",)), {"severity": "critical"}, True),
        (Match(severities=("critical",)), {"severity": "good"}, False),
        (Match(tiers=("red",)), {"tier": ""}, False),
        (Match(steps=("opened", "escalated")), {"step": "escalated"}, True),
        (Match(steps=("opened",)), {"step": "resolved"}, False),
        (Match(traits={"segment": ("smb", "mid")}), {"traits": {"segment": "mid"}}, True),
        (Match(traits={"segment": ("smb", "mid")}), {"traits": {"segment": "enterprise"}}, False),
        (Match(traits={"segment": ("smb",)}), {"traits": {}}, False),
        (Match(traits={"a": ("1",), "b": ("2",)}), {"traits": {"a": "1", "b": "3"}}, False),
        (Match(min_mrr=1_000.0), {"mrr": 1_000.0}, True),
        (Match(min_mrr=1_000.0), {"mrr": 999.99}, False),
        (Match(min_mrr=0.01), {"mrr": None}, False),
        (Match(), {"mrr": None, "tier": ""}, True),
        (Match(tiers=("red",), min_mrr=1.0), {"tier": "red", "mrr": 0.0}, False),
    ],
)
def test_all_tests_must_hold(match: Match, step: dict[str, Any], is_taken: bool) -> None:
    assert takes(match, an_alert_step(**step)) is is_taken


def test_no_route_takes_the_canary_and_it_is_not_lost() -> None:
    routes = {"all": Route()}
    assert routes_of(routes, an_alert_step(account_id=CANARY_ACCOUNT)) == ()
    assert not is_lost({}, an_alert_step(account_id=CANARY_ACCOUNT))
    assert is_lost({}, an_alert_step())
