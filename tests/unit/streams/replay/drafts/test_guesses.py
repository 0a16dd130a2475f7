"""Guesses by the words of names: they propose, and leave alone what says something else."""

from __future__ import annotations

import pytest

from streams.replay.drafts.guesses import looks_like_a_machine, same_as, set_for, synonyms_for
from streams.replay.fit_values import PropertyValues

NUMBERS, TEXTS, OBJECTS = PropertyValues(numbers=9), PropertyValues(texts=9), PropertyValues(others=9)


@pytest.mark.parametrize(
    ("topic", "name", "found"),
    [
        ("tickets", "case_closed", "ticket_closed"),
        ("tickets", "CaseReopened", "ticket_reopened"),
        ("tickets", "issue created", "ticket_opened"),
        ("tickets", "chat.rated", "csat_answer"),
        ("tickets", "agent_assigned", ""),
        ("billing", "charge.failed", "payment_failed"),
        ("billing", "contract_expired", "subscription_canceled"),
        ("billing", "license added", "seats_changed"),
        ("billing", "invoice_paid", "payment_succeeded"),
        ("analytics", "case_closed", ""),
    ],
)
def test_the_set_of_an_event(topic: str, name: str, found: str) -> None:
    assert set_for(topic, name) == found


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("user_limit", NUMBERS, ""),
        ("licenseTotal", NUMBERS, "seats"),
        ("seats_used", NUMBERS, ""),
        ("seat_kind", TEXTS, ""),
        ("mrr_cents", NUMBERS, ""),
        ("planTier", TEXTS, "plan"),
        ("plan_json", OBJECTS, ""),
        ("previous_plan", TEXTS, ""),
        ("prio", TEXTS, "severity"),
        ("ticket_key", TEXTS, "ticket_id"),
        ("ticket_subject", TEXTS, ""),
        ("csat_answer", NUMBERS, "csat"),
    ],
)
def test_the_synonyms_of_a_property(name: str, values: PropertyValues, found: str) -> None:
    assert synonyms_for(name, values) == found


def test_another_spelling_is_the_same() -> None:
    assert same_as("Seat Count", NUMBERS) == "seats"
    assert [same_as("seat_count", NUMBERS), same_as("Seat Count", TEXTS), same_as("page", TEXTS)] == ["", "", ""]


def test_machines_are_suspected_by_their_words() -> None:
    names = ("nightly_export", "apiCall", "Job Finished", "login", "report_viewed", "schedule_meeting")
    assert [looks_like_a_machine(name) for name in names] == [True, True, True, False, False, False]
