"""What help desks and billing systems send is read by the presets that use the shipped words, whatever the spelling."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.model.loader import PRESETS, load_preset
from scoring.model.references import event_sets_of
from scoring.plan.plan import Plan
from scoring.result import Fact
from streams.replay.event_file import EventFile
from tests.builders import Sent, an_event, usage
from tests.support.plain.replay import read_history, replay
from tests.support.presets import DAY, NOW, cohort_of
from tests.support.shared_data import shared

CLOSED = ("ticket_solved", "Ticket Closed", "support_ticket_resolved", "conversation.admin.closed")
WITH_TICKETS = [name for name in PRESETS if "ticket_closed" in event_sets_of(load_preset(name))]


def facts(preset: str, *events: Sent) -> dict[str, Fact]:
    cohort = cohort_of(preset, (usage("acme", NOW - DAY), 1), *((event, 1) for event in events))
    return cohort.plan.facts(cohort.accounts["acme"])


def a_ticket(name: str, days_ago: int, **properties: Any) -> Sent:
    return an_event("tickets", "acme", name, NOW - days_ago * DAY, **properties)


def test_presets_use_the_words() -> None:
    assert {"health-index", "four-inputs"} <= set(WITH_TICKETS)


@pytest.mark.parametrize("preset", WITH_TICKETS)
@pytest.mark.parametrize("closed", CLOSED)
def test_what_is_solved_is_closed_and_what_is_reopened_is_open(preset: str, closed: str) -> None:
    opened, solved = a_ticket("ticket.created", 20, ticketId="t1"), a_ticket(closed, 12, ticket_id="t1")
    again = a_ticket("ticket_reopened", 3, case_id="t1")
    assert facts(preset, opened)["oldest_ticket_days"] == 20
    assert facts(preset, opened, solved)["oldest_ticket_days"] == 0
    assert facts(preset, opened, solved, again)["oldest_ticket_days"] == 3


def test_a_priority_is_a_severity_and_a_good_rating_is_a_five() -> None:
    urgent = a_ticket("ticket_created", 2, ticket_id=1, priority="Urgent")
    rated = a_ticket("satisfaction_rating_received", 1, satisfaction_rating="good")
    of_a_hundred = a_ticket("csat_submitted", 1, satisfaction_score=92)
    found = facts("four-inputs", urgent, rated, of_a_hundred)
    assert (found["severe_tickets_30d"], found["csat_30d"]) == (1, 5)
    assert facts("health-index", urgent)["open_tickets"] == 4


@pytest.mark.parametrize("preset", ["health-index", "four-inputs", "eight-components"])
def test_money_is_read_in_the_words_of_billing_systems(preset: str) -> None:
    told = {"monthly_recurring_revenue": 250, "plan_name": "Pro", "subscriptionId": "s1"}
    started = an_event("billing", "acme", "customer.subscription.created", NOW - 9 * DAY, **told)
    ended = an_event("billing", "acme", "customer.subscription.deleted", NOW - DAY, subscription="s1")
    found = facts(preset, started)
    assert (found["mrr"], found["plan"], found["cancelled"]) == (250, "Pro", None)
    found = facts(preset, started, ended)
    assert found["mrr"] == 0
    assert found["cancelled"] is not None


@pytest.mark.parametrize("preset", WITH_TICKETS)
def test_a_ticket_closed_in_the_second_in_which_it_was_opened_is_closed(preset: str) -> None:
    plan = Plan(load_preset(preset))
    with EventFile(str(shared("cases/tie-open-close.ndjson"))) as file:
        history = read_history(file, plan, NOW)
    for answer in replay(plan, history.events, [NOW]):
        assert answer.facts["oldest_ticket_days"] == 0
        assert answer.facts.get("open_tickets", 0) == 0
