"""What is found in events under a model: however they are split and merged, and whatever they hold."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.replay import fit as fits
from streams.replay.fit import EVENTS, FED, FULFILLED, NOTHING, Fit, FitCounts
from tests.builders import a_model, at_ms

NOW = at_ms("2026-03-02T00:00Z")
AT = at_ms("2026-03-01T10:00Z")
MODEL = a_model(
    {
        "usage": {"kind": "count", "window": "7d", "exclude": ["@machine"]},
        "mrr": {"kind": "last", "topics": ["billing"], "property": "@mrr"},
        "severe": {
            "kind": "count",
            "window": "7d",
            "topics": ["tickets"],
            "where": [{"property": "severity", "is": "high"}],
        },
        "open": {
            "kind": "open",
            "topics": ["tickets"],
            "events": ["ticket_opened"],
            "closed_by": ["ticket_closed"],
            "item": "ticket_id",
        },
        "steps": {
            "kind": "milestones",
            "steps": [{"name": "one", "events": ["one"]}, {"name": "two", "events": ["two"]}],
        },
    }
)
Line = tuple[str, str, dict[str, Any], str]


def fitted(lines: Iterable[Line], model: Model = MODEL, sampled: int = 1) -> FitCounts:
    fit = Fit(Plan(model), sampled)
    for topic, name, properties, event_id in lines:
        body = {"account_id": "acme", "event": name, "timestamp": AT, "properties": properties, "id": event_id}
        value = json.dumps(body).encode()
        fit.add(fit.plan.decoder.decode(topic, value, 0, NOW), value)
    return fit.result()


@pytest.mark.parametrize(
    ("lines", "seen"),
    [
        ([], {"usage": NOTHING, "mrr": NOTHING, "open.closed_by": NOTHING, "steps.one": NOTHING}),
        ([("analytics", "$identify", {}, "")], {"usage": NOTHING}),
        ([("analytics", "one", {}, "")], {"usage": FED, "steps.one": FED, "steps.two": NOTHING}),
        ([("billing", "x", {}, "")], {"mrr": FULFILLED}),
        ([("billing", "x", {"mrr": "9"}, "")], {"mrr": FULFILLED}),
        ([("billing", "x", {"MRR": 9}, "")], {"mrr": FED}),
        ([("tickets", "x", {"severity": "low"}, "")], {"severe": EVENTS, "open": NOTHING}),
        ([("tickets", "ticket_opened", {"severity": "high"}, "")], {"severe": FED, "open": FULFILLED}),
        ([("tickets", "ticket_opened", {"ticket_id": 1}, "")], {"open": FED, "open.closed_by": NOTHING}),
        ([("tickets", "Ticket Closed", {}, "")], {"open": NOTHING, "open.closed_by": FED}),
    ],
)
def test_a_signal_is_fed_by_an_event_that_it_takes_with_what_it_reads(lines: list[Line], seen: dict[str, int]) -> None:
    found = fitted(lines).seen
    assert {name: found[name] for name in seen} == seen


def test_numbers_that_are_texts_are_counted_by_the_name_that_was_sent() -> None:
    lines: list[Line] = [
        ("billing", "x", {"mrr": "2786"}, ""),
        ("billing", "x", {"MRR": "7", "mrr": None}, ""),
        ("billing", "x", {"mrr": 7, "MRR": "8"}, ""),
        ("analytics", "x", {"mrr": "9"}, ""),
    ]
    assert fitted(lines).numbers_as_text == {"mrr": 1, "MRR": 1}


def test_repeated_events_and_those_without_an_id_are_counted() -> None:
    lines: list[Line] = [
        ("analytics", name, {}, number) for name, number in (("a", "1"), ("a", "1"), ("b", "1"), ("a", ""))
    ]
    found = fitted(lines)
    assert (found.events, found.repeated, found.without_id) == (4, 1, 1)
    assert found.names == {("analytics", "a"): 2, ("analytics", "b"): 1}


def test_a_repeated_event_is_recognised_while_few_others_came_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fits, "IDS_MAX", 2)
    ids = ["1", "2", "1", "3", "4", "1", "5", "6", "2"]
    assert fitted([("analytics", "a", {}, number) for number in ids]).repeated == 2


def test_properties_are_those_that_were_sent_with_a_value_but_for_the_libraries() -> None:
    sent = {"page": 1, "feature": None, "$lib": "web", "user_id": 7, "mrr": 0}
    assert fitted([("analytics", "a", sent, "")]).properties == {("analytics", "a"): {"page": 1, "mrr": 1}}
    assert fitted([("analytics", "a", [], "")]).properties == {}  # type: ignore[list-item]


def test_properties_of_many_events_are_counted_by_a_sample() -> None:
    lines: list[Line] = [("analytics", "a", {"page": 1}, "") for _ in range(2_000)]
    exact, sampled = (fitted(lines, sampled=each).properties["analytics", "a"]["page"] for each in (1, fits.SAMPLED))
    assert exact == 2_000
    assert abs(sampled - 2_000) < fits.SAMPLED


def test_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fits, "NAMES_MAX", 2)
    found = fitted([("analytics", name, {"a": 1, "b": 1, name: 1}, "") for name in "xyzz"])
    assert found.names == {("analytics", "x"): 1, ("analytics", "y"): 1, ("analytics", ""): 2}
    assert found.properties["analytics", "x"] == {"a": 1, "b": 1}


LINES: list[Line] = [
    (topic, name, properties, number)
    for topic, name in (
        ("analytics", "one"),
        ("billing", "x"),
        ("tickets", "ticket_opened"),
        ("tickets", "ticket_closed"),
    )
    for properties in ({}, {"mrr": "7"}, {"mrr": 7, "ticket_id": "1", "severity": "high"})
    for number in ("", "1")
]


@given(st.lists(st.sampled_from(LINES), max_size=12), st.integers(0, 12))
def test_what_was_found_in_parts_is_what_is_found_in_all(lines: list[Line], cut: int) -> None:
    whole, merged = fitted(lines), FitCounts()
    for part in (lines[:cut], lines[cut:]):
        found = fitted(part)
        found.note_account(["usage"] if part else [])
        merged.merge(found)
    if not any(number for *_, number in lines[:cut]):  # an event's copies are all in one part
        for part in (lines[:cut], lines[cut:]):
            whole.note_account(["usage"] if part else [])
        assert merged == whole
