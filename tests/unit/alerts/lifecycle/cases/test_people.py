"""What people do with cases."""

from __future__ import annotations

import msgspec

from alerts.lifecycle.schema import TierRule
from alerts.step import InHand
from scoring.instants import DAY_MS, rfc3339
from tests.support.alert_account import TIER_RULE, AlertedAccount, policy_of

ESCALATES: TierRule = msgspec.structs.replace(TIER_RULE, escalations={"red": "48h"})


def fallen() -> AlertedAccount:
    account = AlertedAccount(policy_of(tier=ESCALATES))
    account.see(90.0)
    account.see(30.0)
    return account


def test_a_note_says_who_acknowledged_the_case() -> None:
    account = fallen()
    (own,) = account.command("acknowledge", "ann")
    (noted,) = account.command("note", "bob", reason="called them")
    assert (own.hand, own.in_hand) == (InHand("ann"), None)
    assert (noted.by, noted.status, noted.hand) == ("bob", "acknowledged", InHand("ann"))


def test_an_assignment_says_whose_snooze_it_is_and_when_it_ends() -> None:
    account = fallen()
    until_ms = account.now_ms + DAY_MS
    (snoozed,) = account.command("snooze", "ann", until_ms=until_ms)
    (assigned,) = account.command("assign", "bob", assignee="cem")
    assert snoozed.in_hand is None
    assert (assigned.by, assigned.status, assigned.hand) == ("bob", "snoozed", InHand("ann", rfc3339(until_ms)))


def test_a_note_on_an_open_case_says_when_it_escalates() -> None:
    account = fallen()
    (noted,) = account.command("note", "bob", reason="called them")
    assert (noted.status, noted.hand.until) == ("open", rfc3339(account.now_ms + 2 * DAY_MS))


def test_a_second_acknowledgement_names_both() -> None:
    account = fallen()
    account.command("acknowledge", "ann")
    (second,) = account.command("acknowledge", "bob")
    assert second.words == "acme: health fell acknowledged by ann already, and again by bob"
    assert (second.by, second.hand) == ("bob", InHand("ann"))
