"""Why an alert came, or why nothing did: the answer from an account's records."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from alerts.delivery_record import DeliveryRecord
from alerts.lifecycle.schema import (
    AlertRules,
    ConditionRule,
    DropRule,
    FlagRule,
    ForecastRule,
    Header,
    MrrRule,
    Only,
    Route,
    Rule,
    TierRule,
)
from alerts.step import AlertStep
from scoring.instants import HOUR_MS, rfc3339
from scoring.result import ScoreSnapshot
from streams.alerting.account_records import AccountRecords
from streams.alerting.why import Why, why
from streams.model_files import read_model
from tests.builders import a_snapshot, an_alert_step

MODEL = read_model("default")
TIER = TierRule(severities={"red": "critical", "yellow": "warning"}, margin=3.0, dwell="12h")
NOON = 1_795_255_200_000
SUPPRESSED = {"step": "none", "outcome": "suppressed", "status": None, "case_id": ""}


def rules(**named: Rule) -> AlertRules:
    return AlertRules(header=Header(name="test"), rules={"tier": TIER, **named}, routes={"default": Route()})


def at(hours: float, **given: Any) -> AlertStep:
    as_of_ms = NOON + round(hours * HOUR_MS)
    sequence = 1_000 + round(hours * 10)
    return an_alert_step(**{"sequence": sequence, "as_of_ms": as_of_ms, "as_of": rfc3339(as_of_ms), **given})


def asked(
    *steps: AlertStep,
    hours: float = 100,
    deliveries: tuple[DeliveryRecord, ...] = (),
    snapshot: ScoreSnapshot | None = None,
    is_now: bool = True,
    reaches_back: bool = True,
    given: AlertRules | None = None,
) -> Why:
    """The answer; steps are given the oldest first."""
    records = AccountRecords(steps=tuple(reversed(steps)), deliveries=deliveries, reaches_back=reaches_back)
    return why(
        "acme",
        rfc3339(NOON + round(hours * HOUR_MS)),
        is_now=is_now,
        records=records,
        snapshot=snapshot,
        rules=given or rules(),
        model=MODEL,
    )


def delivered(step: AlertStep, **given: Any) -> DeliveryRecord:
    record = DeliveryRecord(
        step_id=step.id,
        account_id="acme",
        rule="tier",
        outcome="delivered",
        at="2026-11-21T10:00:01Z",
        route="red",
        sink="slack",
    )
    return msgspec.structs.replace(record, **given)


def test_a_told_step_says_who_got_it() -> None:
    step = at(0)
    found = asked(step, deliveries=(delivered(step),))
    assert found.says[0] == (
        "The latest decision, of 2026-11-21T10:00:00Z, was to tell: acme fell from green to red: 41.2 (−37.2). "
        "Delivered by the route red to slack on 2026-11-21T10:00:01Z."
    )


def test_a_step_that_no_route_reported_on_is_on_its_way() -> None:
    assert "No route has reported on it" in asked(at(0)).says[0]


def test_what_suppressed_the_latest_decision_comes_first_and_the_last_message_after_it() -> None:
    found = asked(at(0), at(5, reason="hysteresis", **SUPPRESSED))
    assert found.says[0].endswith(
        "was to tell nobody: the score crossed a bound, but not far enough beyond it to count."
    )
    assert found.says[1].startswith("The last message before that was decided on 2026-11-21T10:00:00Z")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"reason": "snooze", "by": "ann", "until": "2026-12-01T00:00:00Z"}, "by ann until 2026-12-01T00:00:00Z"),
        ({"reason": "dwell", "until": "2026-11-22T03:00:00Z"}, "it would on 2026-11-22T03:00:00Z"),
        ({"reason": "guard", "outage": "a1"}, "(alarm a1)"),
        ({"reason": "covered"}, "the message about its tier, of the same moment, says it"),
        ({"reason": "provisional"}, "little is known of the account yet"),
    ],
)
def test_each_suppression_says_by_what(given: dict[str, str], words: str) -> None:
    assert words in asked(at(5, **SUPPRESSED, **given)).says[0]


def test_the_end_of_a_case_that_nobody_heard_of_says_why() -> None:
    found = asked(at(5, step="resolved", status="resolved", outcome="suppressed", reason="covered"))
    assert "nothing was sent about this case: a message about the tier said it" in found.says[0]


def test_steps_after_the_instant_do_not_count() -> None:
    found = asked(at(0), at(5, step="resolved", status="resolved", reason="resolved"), hours=2, is_now=False)
    assert [case.rule for case in found.cases] == ["tier"]
    assert len(found.decisions) == 1
    assert (found.score, found.tier) == (41.2, "red")


def test_a_resolved_case_is_not_open() -> None:
    assert asked(at(0), at(5, step="resolved", status="resolved", reason="resolved")).cases == ()


def test_a_snooze_in_force_is_said_first_and_one_that_ended_is_not() -> None:
    snoozed = at(1, step="snoozed", status="snoozed", by="ann", until=rfc3339(NOON + 10 * HOUR_MS))
    assert asked(at(0), snoozed, hours=9).says[0].startswith("The rule tier is snoozed by ann")
    assert asked(at(0), snoozed, hours=10).mutes == ()
    assert asked(at(0), snoozed, at(3, step="snooze_ended", status="open"), hours=9).mutes == ()


def test_a_snooze_of_the_whole_account_says_so() -> None:
    found = asked(at(1, rule="", step="snoozed", by="ann", until=rfc3339(NOON + 10 * HOUR_MS)), hours=9)
    assert found.says[0].startswith("The whole account is snoozed by ann")


def test_an_open_case_says_that_it_is_updated_and_not_repeated() -> None:
    assert any("updated, not repeated" in said for said in asked(at(0)).says)


def test_an_account_that_nobody_knows_is_said_to_be_unknown() -> None:
    assert asked().says[0].startswith("This account is not known")


def test_before_the_first_decision_nothing_was_decided_until_then() -> None:
    found = asked(at(5), hours=4, is_now=False)
    assert found.says == ("Nothing was decided about this account until then, so nothing was sent.",)


def test_a_reading_that_was_cut_off_does_not_claim_that_there_is_nothing() -> None:
    found = asked(reaches_back=False, snapshot=a_snapshot())
    assert found.says[0].startswith("No decision was found as far back")
    assert not found.is_complete


def test_without_a_decision_each_rule_says_what_is_missing() -> None:
    others = rules(
        drop=DropRule(),
        flag=FlagRule(flags=("dark",)),
        renewal=ConditionRule(when=()),
        money=MrrRule(share=0.2),
        soon=ForecastRule(tiers=("red",)),
        large=DropRule(only=Only(min_mrr=10_000)),
        owned=DropRule(only=Only(traits={"owner": ("bo",)})),
        red=DropRule(only=Only(tiers=("red",))),
    )
    found = asked(snapshot=a_snapshot(score=80.0, tier="green"), given=others)
    because = {each.rule: each.because for each in found.rules}
    assert because["tier"] == "its tier is green, the rule is about red or yellow"
    assert because["drop"] == "its score did not fall by more than 15 points within 24h"
    assert because["flag"] == "no dark holds"
    assert because["large"] == "its MRR is 5,000, the rule is for 10,000 and more"
    assert because["owned"] == "its owner is unknown, the rule is for bo"
    assert because["red"] == "its tier is green, the rule is for red"
    assert because["soon"].endswith("within 3d, or more than 10 points away from it")
    assert all(because.values())
    fallen = asked(snapshot=a_snapshot(score=20.0, tier="red"), given=others)
    assert next(each.because for each in fallen.rules if each.rule == "soon") == "it is red already"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"provisional": True}, "provisional"),
        ({"standing": "churned", "score": None, "tier": ""}, "The account is churned"),
        ({"score": None, "tier": ""}, "no score"),
        ({"stale": {"exceptions": "2026-11-21T07:00:00Z"}}, "The feed exceptions has been stopped"),
    ],
)
def test_what_keeps_the_account_from_being_told_about_is_said(given: dict[str, Any], words: str) -> None:
    assert any(words in said for said in asked(snapshot=a_snapshot(**given)).says)


def test_the_band_says_what_the_score_would_have_to_do() -> None:
    low = {tier.name: tier.lower for tier in MODEL.tiers}
    band = asked(snapshot=a_snapshot(score=low["yellow"] + 1, tier="yellow")).band
    assert f"below {low['yellow']:g} it opens a case or makes it worse (red), once it held for 12h" in band
    assert f"from {low['green'] + 3:g} on it counts as green" in band


def test_a_past_instant_has_no_rules_by_the_account_as_it_is_now() -> None:
    assert asked(snapshot=a_snapshot(), is_now=False).rules == ()
