"""Changes of tier as if each were told, and the falls of a fleet."""

from __future__ import annotations

from bench.alerts.measure import MINUTES_10, most_falls_together, raw_steps
from scoring.fold.tier_changes import TierChange

TIERS = ("red", "yellow", "green")


def fall(account_id: str, at_ms: int, to: str = "yellow", before: str = "green") -> TierChange:
    return TierChange(account_id=account_id, at_ms=at_ms, from_tier=before, to_tier=to)


def test_a_fall_is_an_alert_and_a_rise_is_none() -> None:
    steps = raw_steps([fall("a", 0), fall("a", 1, to="green", before="yellow")], TIERS)
    assert [step.reason for step in steps] == ["worse", "better"]
    assert all(step.is_told for step in steps)


def test_falls_within_ten_minutes_are_counted_by_account() -> None:
    changes = [fall("a", 0), fall("a", 5), fall("b", MINUTES_10 - 1), fall("c", MINUTES_10), fall("d", 9 * MINUTES_10)]
    assert most_falls_together(changes, TIERS) == 3
    assert most_falls_together([], TIERS) == 0


def test_rises_are_no_falls() -> None:
    assert most_falls_together([fall("a", 0, to="green", before="red")], TIERS) == 0
