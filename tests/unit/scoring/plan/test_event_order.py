"""The total order on events: at one instant nothing is torn apart, and what ends something comes after it began."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from tests.builders import Sent, a_model, subscription, ticket, usage
from tests.oracle import verdicts
from tests.support.signal_harness import NOON, Table
from tests.support.watched_account import Watched

BILLING: Table = {"topics": ["billing"], "zero_on": ["canceled"]}
SIGNALS: dict[str, Table] = {
    "age": {"kind": "age"},
    "mrr": {"kind": "last", "property": "mrr", **BILLING},
    "seats": {"kind": "last", "property": "seats", **BILLING},
    "plan": {"kind": "last", "property": "plan", "type": "text", "topics": ["billing"]},
    "open": {
        "kind": "open", "topics": ["tickets"], "events": ["opened", "reopened"], "closed_by": ["resolved"],
        "item": "ticket_id",
    },
    "heavy": {
        "kind": "open", "topics": ["tickets"], "events": ["opened", "reopened"], "closed_by": ["resolved"],
        "item": "ticket_id", "measure": "weight", "weigh_by": "severity", "weights": {"urgent": 4},
    },
    "status": {"kind": "last", "property": "status", "type": "text", "topics": ["tickets"]},
}  # fmt: skip


def facts(*sent: Sent, **header: Any) -> dict[str, Any]:
    """All signals after these events, the same in every order of arrival, and as the oracle says."""
    model = a_model(SIGNALS, **header)
    expected = verdicts(model, sent, NOON)["acme"].facts
    for arrivals in permutations(sent):
        account = Watched(model, NOON)
        account.see(*arrivals)
        assert account.facts == expected
    return dict(expected)


@pytest.mark.parametrize("ids", [(), ("e1", "e2", "e3")])
def test_all_latest_values_of_one_instant_are_of_one_event(ids: tuple[str, ...]) -> None:
    for shift in range(20):
        sent = [
            subscription(
                at=NOON - shift,
                event="plan_changed",
                plan=f"plan {number}",
                mrr=100 * number,
                seats=number,
                **({"id": f"{ids[number]}-{shift}"} if ids else {}),
            )
            for number in range(3)
        ]
        found = facts(*sent)
        assert (found["mrr"], found["seats"], found["plan"]) in {(100 * n, n, f"plan {n}") for n in range(3)}


def test_what_an_event_does_not_say_is_no_value_of_it() -> None:
    found = facts(subscription(at=NOON, mrr=70), subscription(at=NOON, plan="pro"), subscription(at=NOON, seats=3))
    assert (found["mrr"], found["plan"], found["seats"]) == (70, "pro", 3)


def opened_and_resolved(**fields: Any) -> list[Sent]:
    return [
        ticket(at=NOON, event="opened", ticket_id="t1", severity="urgent", status="open", **fields),
        ticket(at=NOON, event="resolved", ticket_id="t1", status="solved"),
    ]


def test_what_is_closed_at_the_instant_at_which_it_was_opened_is_closed() -> None:
    found = facts(*opened_and_resolved())
    assert (found["open"], found["heavy"], found["status"]) == (0, 0, "solved")
    for number in range(20):  # whatever the fingerprints are
        assert facts(*opened_and_resolved(id=f"e{number}"))["open"] == 0


def test_a_cancellation_comes_after_all_else_of_its_instant() -> None:
    for number in range(20):
        started = subscription(at=NOON, mrr=100, seats=9, id=f"e{number}")
        found = facts(started, subscription(at=NOON, event="canceled", mrr=100))
        assert (found["mrr"], found["seats"]) == (0, 0)


def test_at_another_instant_time_alone_decides() -> None:
    found = facts(subscription(at=NOON - 1, event="canceled"), subscription(at=NOON, mrr=100))
    assert found["mrr"] == 100


def test_a_model_can_say_in_which_order_the_events_of_an_instant_happened() -> None:
    for number in range(20):
        sent = [
            subscription(at=NOON, event="plan_changed", mrr=200, plan="pro", id=f"a{number}"),
            subscription(at=NOON, event="subscription_started", mrr=100, plan="basic", id=f"b{number}"),
        ]
        order = ("subscription_started", "plan_changed")
        for listed in (order, order[::-1]):
            found = facts(*sent, order=listed)
            assert found["plan"] == ("pro" if listed is order else "basic")
        assert facts(*sent, order=order[:1])["plan"] == "basic", "what is listed is later than what is not"


def test_a_model_can_have_an_event_begin_again_what_another_ended() -> None:
    again = ticket(at=NOON, event="reopened", ticket_id="t1")
    assert facts(*opened_and_resolved(), again)["open"] == 0
    assert facts(*opened_and_resolved(), again, order=("resolved", "reopened"))["open"] == 1
    restarted = [subscription(at=NOON, event="canceled"), subscription(at=NOON, mrr=80)]
    assert facts(*restarted)["mrr"] == 0
    assert facts(*restarted, order=("canceled", restarted[1].body["event"]))["mrr"] == 80


def test_an_export_without_times_of_day_opens_and_closes_forty_tickets_in_either_order() -> None:
    sent = [
        ticket(at=NOON, event=event, ticket_id=f"t{number}") for number in range(40) for event in ("opened", "resolved")
    ]
    for arrivals in (sent, sent[::-1]):
        account = Watched(a_model(SIGNALS), NOON)
        account.see(usage(at=NOON), *arrivals)
        assert account.facts["open"] == 0
