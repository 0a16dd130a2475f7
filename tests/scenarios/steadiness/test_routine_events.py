"""What happens to every account now and then is no cliff: each event moves the score by ten points at most."""

from __future__ import annotations

import pytest

from scoring.plan.plan import Plan
from tests.support.worlds.lived import HOUR, Lived, moves

MOST = 10.0
DAYS = 300
"""The length of a history before something happens."""


@pytest.mark.parametrize("weeks", [2, 5])
@pytest.mark.parametrize("weekly", [5, 20, 100])
def test_one_event_after_weeks_of_silence(plan: Plan, weekly: int, weeks: int) -> None:
    """
    events ||||||||||||..............|...
                       └─ silence ─┘ one event
    """
    returns = DAYS + 7 * weeks
    account = Lived(lambda day: weekly / 7 if day < DAYS else 0.0, returns + 2)
    account.write(returns + 0.5, "analytics", "login")
    steps, events = account.judged(plan, returns)
    (move,) = moves(steps, events)
    assert -0.01 <= move <= MOST


def test_five_tickets_in_twelve_days(plan: Plan) -> None:
    account = Lived(lambda day: 20 / 7, DAYS + 20)
    for number in range(5):
        account.write(DAYS + 3 * number + HOUR, "tickets", "ticket_opened", ticket_id=f"t{number}", severity="normal")
    steps, events = account.judged(plan, DAYS)
    found = moves(steps, events, "tickets")
    assert len(found) == 5
    assert all(-MOST <= move <= 0.5 for move in found)
    assert sum(found) < -5, "five tickets say something all the same"


def test_one_to_three_failed_payments(plan: Plan) -> None:
    account = Lived(lambda day: 20 / 7, DAYS + 25)
    for number in range(3):
        account.write(DAYS + 7 * number + HOUR, "billing", "payment_failed", amount=100)
    steps, events = account.judged(plan, DAYS)
    found = moves(steps, events, "billing")
    assert len(found) == 3
    assert all(-MOST <= move < 0 for move in found)


@pytest.mark.parametrize("share", [0.01, 0.03])
def test_an_error_feed_is_connected_to_a_running_account(plan: Plan, share: float) -> None:
    account = Lived(lambda day: 100 / 7, DAYS + 60)
    before = account.scores(plan, range(DAYS - 10, DAYS))
    account.fail(share, from_day=DAYS)
    steps, events = account.judged(plan, DAYS)
    assert all(abs(move) <= 3.0 for move in moves(steps, events, "exceptions"))
    after = account.scores(plan, range(DAYS + 40, DAYS + 60))
    assert sum(after) / len(after) == pytest.approx(sum(before) / len(before), abs=5.0)


def test_the_first_ticket_the_first_payment_and_the_first_error_of_a_running_account(plan: Plan) -> None:
    account = Lived(lambda day: 20 / 7, DAYS + 10)
    account.write(DAYS + 1, "tickets", "ticket_opened", ticket_id="t1", severity="normal")
    account.write(DAYS + 2, "billing", "invoice_paid", amount=100)
    account.write(DAYS + 3, "exceptions", "", type="TimeoutError")
    account.write(DAYS + 4, "tickets", "ticket_resolved", ticket_id="t1")
    steps, events = account.judged(plan, DAYS)
    assert all(abs(move) <= 5.0 for move in moves(steps, events))
