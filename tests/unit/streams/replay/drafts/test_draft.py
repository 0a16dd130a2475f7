"""A draft can be used as it is, and with every decision taken; all that it says is in the events."""

from __future__ import annotations

import re

from scoring.model.extension import ModelText
from scoring.model.loader import load_model
from scoring.model.model import Model
from scoring.model.schema import Count, Filtered
from scoring.plan.plan import Plan
from streams.replay.drafts.draft import WIDTH, Draft
from streams.replay.fit import FitCounts
from streams.replay.fit_report import report_of
from tests.builders import model_text
from tests.unit.streams.replay.test_fit import Line, fitted

BASE = model_text(
    {"name": "base"},
    {
        "usage": {"kind": "count", "window": "7d", "topics": ["analytics"], "exclude": ["@machine"]},
        "seats": {"kind": "last", "topics": ["billing"], "property": "@seats"},
        "open": {
            "kind": "open",
            "topics": ["tickets"],
            "events": ["@ticket_opened"],
            "closed_by": ["@ticket_closed"],
            "item": "@ticket_id",
            "weigh_by": "@severity",
        },
        "csat": {"kind": "mean", "topics": ["tickets"], "property": "@csat", "window": "30d"},
    },
    {
        "use": {"shape": "ratio", "signal": "usage", "of": 10, "weight": 1},
        "mood": {"shape": "linear", "signal": "csat", "points": [[1, 0], [5, 100]], "weight": 1},
    },
)
LINES: list[Line] = [
    *[("analytics", "login", {"page": "/x"}, f"{number}") for number in range(30)],
    ("analytics", "nightly_load", {}, ""),
    ("analytics", "payment_failed", {}, ""),
    ("analytics", "$identify", {}, ""),
    ("billing", "odd * name", {"Seat\nCount": 5, "Seat Count": 5, "license_total": 7, "mrr": "9"}, ""),
    ("tickets", "ticket_opened", {"ticketId": 1, "prio": "P1"}, ""),
    ("tickets", "case_closed", {"ticketId": 1}, ""),
    ("tickets", "agent_assigned", {}, ""),
]


def draft(counts: FitCounts | None = None) -> str:
    plan = Plan(load_model(BASE))
    if counts is None:
        counts = fitted(LINES, plan.model)
        counts.note_account(["use"])
    report = report_of(plan, counts)
    return Draft(plan, counts, report, name="ours", source="x.ndjson", path="ours.toml", extends="base").text()


def loaded(text: str) -> Model:
    """The draft over its base, which is no preset here."""
    return load_model(ModelText(text, "ours.toml", lambda name: ModelText(BASE, name)))


def decided(text: str) -> str:
    """The draft with all its decisions taken."""
    return re.sub(r'(?m)^( *)# (?="|\[components|remove = )', r"\1", text)


def test_a_draft_is_its_base_under_another_name_with_what_is_sure() -> None:
    model, base = loaded(draft()), load_model(BASE)
    assert (model.name, list(model.components)) == ("ours", list(base.components))
    use, base_use = model.signals["usage"], base.signals["usage"]
    assert isinstance(use, Count)
    assert isinstance(base_use, Count)
    assert set(use.exclude) == set(base_use.exclude)
    assert '"Seat Count"' in next(iter(model.signals["seats"].properties())).replace("\\", "")


def test_every_decision_can_be_taken() -> None:
    model = loaded(decided(draft()))
    use, opened = model.signals["usage"], model.signals["open"]
    assert isinstance(use, Filtered)
    assert [use.takes("analytics", name) for name in ("login", "nightly_load", "payment_failed")] == [
        True,
        False,
        False,
    ]
    assert opened.ends("tickets", "Case Closed")
    assert list(model.components) == ["use"]
    properties = " ".join(model.signals["seats"].properties()), " ".join(opened.properties())
    assert "license_total" in properties[0]
    assert "prio" in properties[1]


def test_the_findings_are_in_lines_that_names_cannot_break() -> None:
    text = draft()
    for words in (
        "from x.ndjson: 37 events of 1 account",
        "2 names of events count as use",
        "login 30",
        "agent_assigned 1 (on tickets)",
        "odd * name 1 (on billing)",
        "mrr was a text in 1 event",
        "Accounts with evidence, by component: use 1 of 1, mood 0 of 1",
    ):
        assert words in " ".join(text.replace("\n# ", " ").split()) or words in text
    assert max(map(len, text.splitlines())) <= WIDTH + 20


def test_events_that_fit_leave_no_decision() -> None:
    counts = fitted([("analytics", "login", {}, "1")], load_model(BASE))
    text = draft(counts)
    assert "Decide:" not in text
    assert loaded(text).events == {}
