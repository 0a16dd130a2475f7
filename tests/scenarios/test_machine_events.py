"""What a machine sends is no use of the product, in any of the models that ship."""

from __future__ import annotations

import itertools

import pytest

from scoring.explain.explanation import explain
from scoring.fold.cohort import Cohort
from scoring.model.lint import warnings
from scoring.model.loader import PRESETS, load_preset
from scoring.plan.plan import Plan
from scoring.state.account import Account
from streams.replay.event_file import EventFile
from tests.builders import Sent, at_ms, usage
from tests.oracle import verdicts
from tests.support.explained import snapshot_at
from tests.support.plain.replay import read_history, replay
from tests.support.shared_data import shared

SEEN = at_ms("2026-01-05T09:00Z")
FIRST_NIGHT = at_ms("2026-01-06T02:00Z")
NOW = at_ms("2026-04-01T00:00Z")
DAY = 86_400_000
MACHINE = (
    *(
        "$feature_flag_called",
        "Feature Flag Called",
        "feature-flag-called",
        "FEATURE_FLAG_CALLED",
        "$featureFlagCalled",
    ),
    *("Experiment Viewed", "$experiment_started", "[Experiment] Exposure", "statsig::gate_exposure", "Flag Evaluated"),
    *("group", "Identify", "ALIAS", "$groupidentify", "$GroupIdentify", "$create_alias", "$merge_dangerously"),
    *("$set", "$Set", "$set_once", "$unset"),
    *("survey shown", "survey_sent", "Survey Dismissed", "survey-answered", "NPS Survey Submitted"),
    *("$pageleave", "$web_vitals", "$performance_event", "$snapshot", "$$heatmap", "heartbeat", "Ping"),
    *("$bot_pageview", "$csp_report", "API Healthcheck", "Daily Digest Sent", "feature_flag_evaluations"),
    *("nightly_sync", "Nightly Export", "data-sync", "CRM Sync Completed", "cron.daily", "scheduled_export"),
    *("email_sent", "Push Notification Delivered", "account_updated", "churn_predicted", "health_check", "qbr"),
    *("opportunity_opened", "insider_call", "$exception", "Application Crashed"),
)
PEOPLE = (
    *("report_viewed", "$pageview", "$autocapture", "$rageclick", "$dead_click", "page", "screen", "$screen", "login"),
    *("session_start", "Application Opened", "survey_created", "manual_sync", "$ai_feedback", "Set", "snapshot"),
)
SILENCE = "No product use in 30 days"
USE = {
    "default": "usage_30d",
    "usage-trend-friction": "usage_30d",
    "four-inputs": "usage_30d",
    "eight-components": "active_days_30d",
    "health-index": "usage_30d",
}


def history(name: str) -> list[Sent]:
    """One report on 5 January, and then an event of this name each night until now."""
    nights = range(FIRST_NIGHT, NOW, DAY)
    return [usage(at=SEEN, event="report_viewed"), *(usage(at=night, event=name, user_id="server") for night in nights)]


def folded(preset: str, sent: list[Sent]) -> tuple[Cohort, Account]:
    cohort = Cohort(Plan(load_preset(preset)))
    for each in sent:
        cohort.apply(cohort.plan.decoder.decode(each.topic, each.value, 0, NOW))
    cohort.advance(NOW)
    return cohort, cohort.accounts["acme"]


@pytest.mark.slow
@pytest.mark.parametrize(("preset", "name"), [*itertools.product(PRESETS, MACHINE)])
def test_what_a_machine_sends_is_no_use(preset: str, name: str) -> None:
    sent = history(name)
    cohort, account = folded(preset, sent)
    facts = cohort.plan.facts(account)
    assert facts[USE[preset]] == 0
    assert verdicts(cohort.plan.model, sent, NOW)["acme"].facts == facts
    snapshot = snapshot_at(cohort.plan, account, cohort.norm())
    if "silent" in load_preset(preset).floors:
        assert snapshot.tier == cohort.plan.primary.tier_names[0]
        assert explain(cohort.plan, snapshot).flags[0].label == SILENCE


@pytest.mark.parametrize("preset", PRESETS)
def test_a_flag_that_a_server_asks_is_no_use(preset: str) -> None:
    plan = Plan(load_preset(preset))
    with EventFile(str(shared("cases/posthog-flag-call-counts-as-use.ndjson"))) as events:
        history_ = read_history(events, plan, NOW)
    (answer,) = replay(plan, history_.events, [NOW])
    assert answer.facts[USE[preset]] == 0
    if "silent" in plan.model.floors:
        assert (answer.tier, explain(plan, answer).flags[0].label) == (plan.primary.tier_names[0], SILENCE)


@pytest.mark.parametrize(("preset", "name"), [*itertools.product(PRESETS, PEOPLE)])
def test_what_a_person_does_is_use(preset: str, name: str) -> None:
    sent = history(name)
    cohort, account = folded(preset, sent)
    facts = cohort.plan.facts(account)
    assert facts[USE[preset]] == 30
    assert verdicts(cohort.plan.model, sent, NOW)["acme"].facts == facts


@pytest.mark.parametrize("preset", PRESETS)
def test_every_signal_of_use_leaves_out_the_same_set(preset: str) -> None:
    assert not [each for each in warnings(load_preset(preset)) if "machines send" in each.words]
