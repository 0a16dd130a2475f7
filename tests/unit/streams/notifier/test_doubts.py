"""When a message is in doubt, and when it is hopeless."""

from __future__ import annotations

from alerts.sinks.port import ChannelUnavailable, DeliveryFailed
from streams.notifier.doubts import DOUBTS_AT_ONCE, WAITING_AT_ONCE, Doubt, Doubts, StillInDoubt
from tests.builders import an_alert_step

FAILED = DeliveryFailed("answered 500", reason="server")


def a_doubt(number: int, failures: int = 1, every: float = 100.0) -> Doubt:
    doubt = Doubt(an_alert_step(account_id=f"account-{number}", sequence=number))
    for failure in range(failures):
        doubt.failed(FAILED, failure * every)
    return doubt


def test_eight_failures_over_ten_minutes_put_a_message_in_doubt_and_less_of_either_does_not() -> None:
    assert a_doubt(1, failures=8, every=600 / 7).is_due
    assert not a_doubt(1, failures=7, every=600 / 6).is_due
    assert not a_doubt(1, failures=8, every=599 / 7).is_due


def test_only_failures_in_doubt_that_follow_an_acceptance_count_against_it() -> None:
    doubt = Doubt(an_alert_step())
    for failure in range(8):
        doubt.failed(FAILED, failure * 100.0, after_accepted=True)
    doubt.failed(FAILED, 900.0, after_accepted=False)
    doubt.failed(FAILED, 1_000.0, after_accepted=True)
    assert not doubt.is_hopeless
    doubt.failed(FAILED, 1_100.0, after_accepted=True)
    assert doubt.is_hopeless


def test_ten_that_were_tried_are_full_and_those_that_wait_only_when_they_are_a_thousand() -> None:
    doubts = Doubts()
    for number in range(DOUBTS_AT_ONCE - 1):
        doubts.add(a_doubt(number))
    for number in range(WAITING_AT_ONCE - 1):
        doubts.add(a_doubt(1_000 + number, failures=0))
    assert not doubts.is_full
    doubts.add(a_doubt(9_999, failures=0))
    assert doubts.is_full


def test_an_acceptance_settles_refusals_alone() -> None:
    doubts, refused = Doubts(), an_alert_step(account_id="refused")
    assert doubts.refused(refused)
    assert not doubts.refused(refused)
    doubts.add(a_doubt(1))
    assert not doubts.holds_back(refused), "a refusal is probably final: nobody waits for it"
    doubts.settle()
    assert refused not in doubts
    assert [doubt.message for doubt in doubts.failed] == [an_alert_step(account_id="account-1", sequence=1)]


def test_the_fault_is_the_channels_if_all_were_refused_else_the_pause_that_was_asked_for_is_kept() -> None:
    doubts = Doubts()
    doubts.refused(an_alert_step())
    assert isinstance(doubts.fault(), ChannelUnavailable)
    doubt = Doubt(an_alert_step(sequence=2))
    doubt.failed(DeliveryFailed("answered 503", 120.0, reason="server"), 0.0)
    doubts.add(doubt)
    fault = doubts.fault()
    assert isinstance(fault, StillInDoubt)
    assert fault.retry_after_seconds == 120.0
    assert "answered 503" in str(fault)
