"""Whether a snooze holds, and what it hides."""

from __future__ import annotations

from alerts.lifecycle.cases.mute import MISSED_LIMIT, add_missed, muted
from alerts.lifecycle.cases.state import AccountState, Missed, Mute, RuleState
from alerts.step import Severity


def missed(case_id: str, severity: Severity = "warning", step: str = "opened") -> Missed:
    return Missed("tier", case_id, step, "open", severity, "red", 0, 1, False)  # type: ignore[arg-type]


def test_the_end_of_a_snooze_is_exclusive() -> None:
    rule = RuleState(mute=Mute(until_ms=100, by="ann", since_ms=0))
    assert muted(AccountState(), rule, 99) is rule.mute
    assert muted(AccountState(), rule, 100) is None
    assert muted(AccountState(), None, 99) is None


def test_of_two_snoozes_the_one_that_ends_last_holds() -> None:
    short, long = Mute(until_ms=100, by="ann", since_ms=0), Mute(until_ms=200, by="bob", since_ms=0)
    assert muted(AccountState(mute=short), RuleState(mute=long), 50) is long
    assert muted(AccountState(mute=long), RuleState(mute=short), 50) is long
    assert muted(AccountState(mute=long), RuleState(), 50) is long


def test_a_case_is_missed_once_at_its_worst() -> None:
    mute = Mute(until_ms=100, by="ann", since_ms=0)
    add_missed(mute, missed("c1", "critical"))
    add_missed(mute, missed("c1", "warning", "changed"))
    assert [(entry.severity, entry.step) for entry in mute.missed] == [("critical", "changed")]


def test_what_one_summary_cannot_name_is_counted() -> None:
    mute = Mute(until_ms=100, by="ann", since_ms=0)
    for number in range(MISSED_LIMIT + 3):
        add_missed(mute, missed(f"c{number}"))
    assert (len(mute.missed), mute.more) == (MISSED_LIMIT, 3)
