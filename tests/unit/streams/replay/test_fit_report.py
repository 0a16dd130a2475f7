"""What a report says of a fit: why signals are empty, and what would read what is sent."""

from __future__ import annotations

from typing import Any

from scoring.model.loader import load_model, load_preset
from scoring.plan.plan import Plan
from streams.replay.fit import FitCounts
from streams.replay.fit_report import FitReport, report_of, sets_with, synonyms_with
from tests.builders import model_text
from tests.unit.streams.replay.test_fit import MODEL, Line, fitted

DEFAULT = load_preset("usage-trend-friction")


def report(*lines: Line) -> FitReport:
    return report_of(Plan(MODEL), fitted(lines))


def unfed(*lines: Line) -> dict[str, str]:
    return {each.signal: each.words for each in report(*lines).unfed}


def a_ticket(name: str, **properties: Any) -> Line:
    return "tickets", name, properties, ""


def test_a_signal_without_events_says_which_it_waits_for() -> None:
    found = unfed()
    assert found["usage"] == "no event of analytics"
    assert found["open"] == "no event of tickets is called ticket_opened"
    assert found["steps"] == "the step 'two' is never reached: no event is called two (analytics)"


def test_a_signal_whose_events_lack_something_says_what() -> None:
    assert unfed(("billing", "x", {}, ""))["mrr"] == "none of its events has @mrr"
    assert unfed(("billing", "x", {"mrr": "7"}, ""))["mrr"] == "mrr is never a number"
    assert unfed(a_ticket("x", severity="low"))["severe"] == "none of its events fulfils its where"
    nothing_closed = unfed(a_ticket("ticket_opened", ticket_id=1))
    assert nothing_closed["open"] == "nothing is ever closed: no event is called ticket_closed"
    called_otherwise = unfed(a_ticket("ticket_opened", ticketId=1))
    assert called_otherwise["open"] == "none of its events has ticket_id, but some have ticketId (@ticket_id has it)"
    elsewhere = unfed(a_ticket("ticket_opened"), ("billing", "x", {"ticket_id": 1}, ""))
    assert elsewhere["open"] == "none of its events has ticket_id, but others have"


def test_what_no_signal_reads_comes_with_what_would_read_it() -> None:
    found = report(
        a_ticket("x", severity="high"),
        *[a_ticket("odd") for _ in range(3)],
        ("billing", "invoice_paid", {"amount": 1}, ""),
        ("billing", "ticket_opened", {"priority": 1}, ""),
        ("billing", "renewed", {"mrr": 1}, ""),
    )
    assert [(each.name, each.events, each.advice) for each in found.unread_events] == [
        ("invoice_paid", 1, "@payment_succeeded has it"),
        ("ticket_opened", 1, "it is read on tickets"),
    ]
    assert [(each.name, each.advice) for each in found.unread_properties] == [
        ("priority", "@severity has it"),
        ("amount", ""),
    ]


def test_a_property_that_is_read_from_other_events_is_told() -> None:
    (found,) = report(("analytics", "one", {"severity": "high"}, "")).unread_properties
    assert (found.name, found.advice) == ("severity", "signals read it from other events")


def test_a_number_as_a_text_is_told_though_no_signal_reads_it_there() -> None:
    found = report(
        ("analytics", "one", {"mrr": "9", "seats": "14", "page": "7"}, ""), ("billing", "x", {"mrr": "9"}, "")
    )
    assert found.numbers_as_text == {"mrr": 2, "seats": 1}


def test_machines_are_counted_and_odd_use_is_named() -> None:
    found = report(
        ("analytics", "$identify", {}, ""), ("analytics", "Payment Failed", {}, ""), ("analytics", "a", {}, "")
    )
    assert (found.machine_events, found.unread_events) == (1, ())
    assert [(each.name, each.advice) for each in found.odd_use] == [("Payment Failed", "@billing")]


def test_accounts_are_counted_by_component() -> None:
    counts = FitCounts(last_ms=0)
    for judged in (["level"], [], ["level"]):
        counts.note_account(judged)
    found = report_of(Plan(MODEL), counts)
    assert (found.as_of, found.accounts, found.unjudged) == ("1970-01-01T00:00:00Z", 3, 1)
    assert [(each.name, each.accounts, each.counts) for each in found.components] == [("level", 2, True)]
    assert found.empty_topics == ("analytics", "exceptions", "billing", "tickets")


def test_a_source_is_empty_until_somebody_sends_it() -> None:
    text = model_text(
        {"name": "small"},
        {"usage": {"kind": "count", "window": "7d", "topics": ["analytics"]}},
        {"level": {"shape": "ratio", "signal": "usage", "of": 10, "weight": 1, "source": "answers"}},
        others={
            "sources": {
                "answers": {"label": "CSAT", "topics": ["tickets"], "property": "@csat"},
                "errors": {"topics": ["exceptions"]},
            }
        },
    )
    model = load_model(text)
    for properties, empty in (({}, ("CSAT", "errors")), ({"satisfaction": 4}, ("errors",))):
        assert report_of(Plan(model), fitted([a_ticket("x", **properties)], model)).empty_sources == empty


def test_every_preset_can_be_reported_on() -> None:
    assert report_of(Plan(DEFAULT), FitCounts()).unfed


def test_the_sets_and_synonyms_that_have_a_name() -> None:
    assert (sets_with("Ticket Solved"), sets_with("login")) == (["ticket_closed"], [])
    assert (synonyms_with("priority"), synonyms_with("page")) == (["severity"], [])
