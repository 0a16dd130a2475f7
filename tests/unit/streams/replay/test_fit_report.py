"""What a report says of a fit: why signals are empty, and what would read what is sent."""

from __future__ import annotations

from typing import Any

from scoring.model.loader import load_model, load_preset
from scoring.plan.plan import Plan
from streams.replay.fit import FitCounts
from streams.replay.fit_report import FitReport, report_of, sets_with
from streams.replay.fit_unfed import synonyms_with
from tests.builders import a_model, model_text
from tests.unit.streams.replay.test_fit import MODEL, Line, fitted

DEFAULT = load_preset("usage-trend-friction")


def report(*lines: Line) -> FitReport:
    return report_of(Plan(MODEL), fitted(lines))


def a_ticket(name: str, **properties: Any) -> Line:
    return "tickets", name, properties, ""


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


def test_an_event_that_ends_something_is_read_without_a_property() -> None:
    table = {"kind": "last", "topics": ["billing"], "events": ["started"], "property": "mrr", "zero_on": ["ended"]}
    model = a_model({"mrr": table})
    lines: list[Line] = [("billing", name, {}, "") for name in ("started", "ended")]
    assert [each.name for each in report_of(Plan(model), fitted(lines, model)).unread_events] == ["started"]


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
    counts.note_account([], "churned")
    found = report_of(Plan(MODEL), counts)
    assert found.standings == {"churned": 1}
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
