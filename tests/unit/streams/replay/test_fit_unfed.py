"""Why signals stay empty, in words that say what to look for."""

from __future__ import annotations

from scoring.plan.plan import Plan
from streams.replay.fit_unfed import unfed_of
from tests.unit.streams.replay.test_fit import MODEL, Line, fitted
from tests.unit.streams.replay.test_fit_report import a_ticket


def unfed(*lines: Line) -> dict[str, str]:
    return {each.signal: each.words for each in unfed_of(Plan(MODEL), fitted(lines))}


def test_a_signal_without_events_says_which_it_waits_for() -> None:
    found = unfed()
    assert found["usage"] == "no event of analytics"
    assert found["open"] == "no event of tickets is called ticket_opened"
    assert found["steps"] == "the step 'two' is never reached: no event is called two (analytics)"


def test_a_signal_whose_events_lack_something_says_what() -> None:
    assert unfed(("billing", "x", {}, ""))["mrr"] == "none of its events has @mrr"
    assert unfed(("billing", "x", {"mrr": "7"}, ""))["mrr"] == "mrr is never a number"
    assert unfed(a_ticket("x"))["severe"] == "none of its events has severity"
    priority = unfed(a_ticket("x", priority="high"))["severe"]
    assert priority == "none of its events has severity, but some have priority (@severity has it)"
    assert unfed(a_ticket("x", severity="low"))["severe"] == "none of its events fulfils its where"
    nothing_closed = unfed(a_ticket("ticket_opened", ticket_id=1))
    assert nothing_closed["open"] == "nothing is ever closed: no event is called ticket_closed"
    called_otherwise = unfed(a_ticket("ticket_opened", ticketId=1))
    assert called_otherwise["open"] == "none of its events has ticket_id, but some have ticketId (@ticket_id has it)"
    elsewhere = unfed(a_ticket("ticket_opened"), ("billing", "x", {"ticket_id": 1}, ""))
    assert elsewhere["open"] == "none of its events has ticket_id, but others have"
