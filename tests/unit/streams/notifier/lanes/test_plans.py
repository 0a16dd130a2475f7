"""The lanes of a deployment."""

from __future__ import annotations

from alerts.lifecycle.schema import AlertRules, Header, Match, Route, TierRule
from streams.deployment.settings import Settings
from streams.notifier.lanes.plans import LanePlan, lanes_of
from tests.builders import an_alert_step

RED = Match(tiers=("red",))


def rules(routes: dict[str, Route], ticket: str = "") -> AlertRules:
    tier = TierRule(severities={"red": "critical"}, ticket=ticket)
    return AlertRules(header=Header(name="test"), rules={"tier": tier}, routes=routes)


def lanes(routes: dict[str, Route], ticket: str = "", settings: Settings | None = None) -> dict[str, LanePlan]:
    return {lane.name: lane for lane in lanes_of(settings or Settings(), rules(routes, ticket))}


def test_the_settings_of_today_are_the_sinks_of_default() -> None:
    both = Settings(slack_url="https://a.example/x", webhook_url="https://b.example/y")
    assert list(lanes({"all": Route()}, settings=both)) == ["all/slack", "all/webhook"]
    assert list(lanes({"all": Route()})) == ["all/terminal"]


def test_none_is_a_lane_that_records_and_steps_without_a_route_have_one_too() -> None:
    found = lanes({"red": Route(match=RED, to=("none",))})
    assert list(found) == ["red/", "/"]
    red, yellow = an_alert_step(tier="red"), an_alert_step(tier="yellow")
    assert [found["red/"].takes(red), found["/"].takes(red)] == [True, False]
    assert [found["red/"].takes(yellow), found["/"].takes(yellow)] == [False, True]


def test_a_rules_ticket_is_a_lane_of_its_own_beside_the_routes() -> None:
    found = lanes({"all": Route(to=("none",))}, ticket="desk")
    assert list(found) == ["all/", "rule-tickets/desk"]
    lane = found["rule-tickets/desk"]
    assert lane.takes(an_alert_step(rule="tier"))
    assert not lane.takes(an_alert_step(rule="drop"))
    assert lane.table.storm is None


def test_no_two_lanes_share_a_group() -> None:
    found = lanes({"red": Route(match=RED, to=("none",)), "red_2": Route(match=RED)}, ticket="desk")
    groups = {lane.group(Settings()) for lane in found.values()}
    assert groups == {
        "vitals-notifier-red-none",
        "vitals-notifier-red_2-terminal",
        "vitals-notifier-rule-tickets-desk",
        "vitals-notifier-unrouted",
    }
