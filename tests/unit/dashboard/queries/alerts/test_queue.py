"""The queue of cases, the page of alerts, and one case."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.step import AlertStep
from dashboard.queries.alerts.rule_file import RuleFile
from dashboard.queries.port import UnknownAccount
from dashboard.queries.service import Service
from scoring.instants import DAY_MS, HOUR_MS
from scoring.result import OpenCase
from tests.builders import a_snapshot, an_alert_step, snapshot_models
from tests.support.dashboard.cases import InMemoryCases
from tests.support.dashboard.ground import a_ground

NOW = 1_795_255_200_000
ACCOUNTS = {"acme": 5_000.0, "big": 20_000.0, "small": 100.0}
OWNERS = {"acme": "Ann", "big": "Bo", "small": "Ann"}


def a_step(account: str, case: str, hours_ago: float = 1, **given: Any) -> AlertStep:
    """A step of a case; its id is that of case and instant."""
    at_ms = NOW - round(hours_ago * HOUR_MS)
    more = {"case_id": case, "id": f"{account}-{case}-{at_ms}", "as_of_ms": at_ms, "words": f"{account} fell", **given}
    return an_alert_step(account_id=account, **more)


async def a_service(*steps: AlertStep) -> Service:
    answers = [
        a_snapshot(name, mrr=mrr, facts={"owner": OWNERS[name], "account_name": name.title()})
        for name, mrr in ACCOUNTS.items()
    ]
    ground = await a_ground(answers, snapshot_models(), NOW)
    ground.cases = InMemoryCases(steps)
    ground.rules = RuleFile("default")
    return Service(ground)


async def test_most_money_at_risk_comes_first_and_good_news_is_apart() -> None:
    service = await a_service(
        a_step("small", "c1"),
        a_step("big", "c2", action="Call Dana", playbook="https://wiki.example/p"),
        a_step("acme", "c3"),
        a_step("acme", "c4", severity="good"),
        a_step("acme", "c5", step="resolved", status="resolved"),
    )
    view = await service.actions("")
    assert [item.case.brief.id for item in view.items] == ["c2", "c3", "c1"]
    assert [item.case.brief.id for item in view.opportunities] == ["c4"]
    assert (view.items[0].what, view.items[0].playbook) == ("Call Dana", "https://wiki.example/p")
    assert view.open_mrr == 25_100
    assert view.words == "3 cases are open. First Big, $7,760 a month at risk: Call Dana."


async def test_an_owner_sees_the_cases_of_their_accounts_and_those_assigned_to_them() -> None:
    service = await a_service(a_step("small", "c1"), a_step("big", "c2", assignee="Ann"), a_step("big", "c3"))
    view = await service.actions("Ann")
    assert [item.case.brief.id for item in view.items] == ["c2", "c1"]
    assert all(item.is_mine for item in view.items)
    assert (await service.actions("Cy")).words == "No case of Cy is open: nothing waits for an action."


async def test_a_case_has_its_steps_and_stands_as_the_last_that_changed_it_says() -> None:
    service = await a_service(
        a_step("acme", "c1", 9),
        a_step(
            "acme", "c1", 5, step="acknowledged", status="acknowledged", by="Ann", note="I call", outcome="suppressed"
        ),
        a_step("acme", "c1", 2, step="none", status=None, outcome="suppressed", reason="snooze"),
    )
    case = await service.case("c1")
    assert case is not None
    assert (case.account, case.mrr, case.brief.status, case.brief.by) == ("Acme", 5_000.0, "acknowledged", "Ann")
    assert [(step.step, step.by, step.note) for step in case.steps] == [
        ("opened", "", ""),
        ("acknowledged", "Ann", "I call"),
        ("none", "", ""),
    ]
    assert await service.case("other") is None


async def test_the_page_counts_what_each_rule_sent_in_thirty_days() -> None:
    service = await a_service(
        a_step("acme", "c1", 2, rule="tier"),
        a_step("acme", "", 1, rule="tier", step="none", status=None, outcome="suppressed", reason="repeat"),
        a_step("big", "c2", 31 * 24, rule="tier"),
        a_step("small", "c3", 3, rule="own_rule", label="Our own", rule_kind="flag", severity="info"),
    )
    view = await service.alerts()
    assert [case.brief.id for case in view.cases] == ["c2", "c1", "c3"]
    lines = {line.name: line for line in view.rules}
    assert (lines["tier"].open, lines["tier"].sent, lines["tier"].suppressed) == (2, 1, 1)
    assert (lines["own_rule"].label, lines["own_rule"].kind, lines["own_rule"].severity) == ("Our own", "flag", "info")
    assert lines["tier"].severity == "by tier"
    assert view.rules_name == "default"
    assert view.words == "3 cases are open, 2 of them critical. Of the latest 4 decisions, 3 told somebody."
    assert [each.at_ms for each in view.decisions] == sorted((e.at_ms for e in view.decisions), reverse=True)


async def test_decisions_say_why_or_why_not() -> None:
    service = await a_service(
        a_step("acme", "c1", 2),
        a_step("acme", "", 1, step="none", status=None, outcome="suppressed", reason="dwell", words=""),
    )
    found = await service.decisions("acme")
    assert [(each.outcome, each.words) for each in found] == [
        ("suppressed", "it has not held long enough to count: it would on 2026-11-23T10:00:00Z"),
        ("sent", "acme fell: its case opened"),
    ]
    assert await service.decisions("big") == ()
    with pytest.raises(UnknownAccount):
        await service.decisions("nobody")


async def test_a_page_without_a_rule_file_shows_what_records_name() -> None:
    ground = await a_ground([a_snapshot()], snapshot_models(), NOW)
    ground.cases, ground.rules = InMemoryCases([a_step("acme", "c1")]), RuleFile("/nowhere/alerts.toml")
    view = await Service(ground).alerts()
    assert [line.name for line in view.rules] == ["tier"]
    assert (view.rules_name, view.rules_version) == ("", 0)


async def test_an_accounts_view_has_its_cases_with_their_steps() -> None:
    opened = OpenCase(
        id="c1", rule="tier", severity="critical", status="open", opened_at="2026-11-21T09:00:00Z", since="", words="x"
    )
    ground = await a_ground([a_snapshot(cases=(opened,))], snapshot_models(), NOW)
    ground.cases = InMemoryCases([a_step("acme", "c1", 2), a_step("acme", "c9", 400)])
    view = await Service(ground).account("acme")
    assert [(case.brief.id, len(case.steps)) for case in view.cases] == [("c1", 1)]
    lines = await Service(ground).timeline("acme", 4)
    assert [line.at_ms for line in lines if line.kind == "alert"] == [NOW - 2 * HOUR_MS, NOW - 400 * HOUR_MS]
    assert NOW - 400 * HOUR_MS > NOW - 28 * DAY_MS
