"""Items, tallies, latest values and milestones, in the kernel and in `scoring`, after every event."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from scoring.fold.fold import apply
from scoring.fold.items import close_items
from scoring.model.schema.bounds import ITEMS_MAX
from scoring.plan.plan import Plan
from streams.kernel.kernel import Kernel, is_built
from tests.builders import Sent, a_model, an_event, at_ms
from tests.kernel.both import Both
from tests.oracle import DAY_MS

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built")

BEGIN = at_ms("2026-01-01T00:00Z")
TICKETS = {"topics": ["tickets"], "events": ["opened"], "closed_by": ["closed", "merged"], "item": "ticket"}
WEIGHTS = {"weigh_by": "severity", "weights": {"high": 3.0, "low": 0.1, "none": 0.0, "odd": 1e-9}}
BILLING = {"topics": ["billing"], "events": ["changed"]}
SIGNALS: dict[str, dict[str, Any]] = {
    "age": {"kind": "age"},
    "open": {"kind": "open", "within": "20d", **TICKETS},
    "weight": {"kind": "open", "measure": "weight", "within": "40d", **WEIGHTS, **TICKETS},
    "oldest": {"kind": "open", "measure": "oldest", **TICKETS},
    "median": {"kind": "duration", "window": "10d", "within": "5d", **TICKETS},
    "mean": {"kind": "duration", "window": "30d", "measure": "mean", **TICKETS},
    "mrr": {"kind": "last", "property": "mrr", "zero_on": ["ended"], **BILLING},
    "plan": {"kind": "last", "property": "plan", "type": "text", **BILLING},
    "seats": {"kind": "last", "property": "seats", "type": "length", **BILLING},
    "total": {"kind": "last", "property": "mrr", "by": "sub", "zero_on": ["ended"], **BILLING},
    "ended": {"kind": "ended", "by": "sub", "ended_by": ["ended"], **BILLING},
    "ended_whole": {"kind": "ended", "ended_by": ["ended"], **BILLING},
    "renewal": {"kind": "until", "property": "renewal", **BILLING},
    "billed_at": {"kind": "last_at", **BILLING},
    "since": {"kind": "since_last", "topics": ["tickets"]},
    "since_high": {
        "kind": "since_last",
        "topics": ["tickets"],
        "where": [{"property": "severity", "is": "high"}],
    },
    "steps": {
        "kind": "milestones",
        "steps": [
            {"name": "a ticket", "topics": ["tickets"], "events": ["opened"], "due": "3d"},
            {"name": "a plan", "topics": ["billing"], "events": ["changed"], "weight": 0.3},
        ],
    },
}


FEW_SIGNALS = {name: SIGNALS[name] for name in ("age", "open", "total")}


def an_account(resolution: str, order: tuple[str, ...] = (), signals: dict[str, Any] = SIGNALS) -> Both:
    level = {"shape": "ratio", "signal": "age", "of": 10, "weight": 1}
    model = a_model(signals, {"level": level}, resolution=resolution, order=list(order))
    return Both(Kernel(Plan(model)), BEGIN)


def see(account: Both, sent: Sent, now: int, *, compares: bool = True) -> None:
    event = account.plan.decoder.decode(sent.topic, sent.value, 0, now + 9 * DAY_MS)
    if compares:
        account.apply(event, now)
    else:
        apply(account.plan, account.account, event, now)
        account.kernel.apply(account.number, event, now)


def a_ticket_event(random: Random, at: int, tickets: int) -> Sent:
    fields: dict[str, Any] = {"ticket": str(random.randrange(tickets))}
    if random.random() < 0.1:
        fields["ticket"] = random.choice(("", None, [1]))
    if random.random() < 0.6:
        fields["severity"] = random.choice(("high", "low", "none", "odd", "other", 3))
    if random.random() < 0.2:
        fields["id"] = str(random.randrange(30))
    return an_event("tickets", "acme", random.choice(("opened", "opened", "closed", "merged", "read")), at, **fields)


def a_billing_event(random: Random, at: int, items: int) -> Sent:
    fields: dict[str, Any] = {"mrr": random.choice((0, -0.0, 0.1, 0.2, 0.7, 1e15, 2e15, -5, 49.99, "49"))}
    fields["plan"] = random.choice(("scale", "Scale", "größer", "大", "😀", "scales", 7, ""))
    fields["seats"] = random.choice(([], [1, 2], 3))
    fields["renewal"] = random.choice(("2026-06-01", 0, at // 1000 + 90_000, "soon"))
    if random.random() < 0.8:
        fields["sub"] = str(random.randrange(items))
    return an_event("billing", "acme", random.choice(("changed", "changed", "changed", "ended")), at, **fields)


@pytest.mark.parametrize(
    ("seed", "resolution", "items", "order"),
    [(1, "1h", 3, ()), (2, "1d", 30, ()), (3, "1s", 8, ()), (4, "1h", 5, ("closed", "opened", "ended", "changed"))],
)
def test_items_are_the_same_in_both_folds(seed: int, resolution: str, items: int, order: tuple[str, ...]) -> None:
    random, account, now = Random(seed), an_account(resolution, order), BEGIN
    for _ in range(400):
        now += round(random.choice((0, 0, 0, 0.01, 0.3, 1, 2)) * DAY_MS)
        at = now - round(random.choice((0, 0, 0, 0.01, 1, 6, 25, 60, 200, -1)) * DAY_MS)
        at -= at % random.choice((1, DAY_MS // 4))  # many of one instant
        make = a_ticket_event if random.random() < 0.6 else a_billing_event
        see(account, make(random, at, items), now)
        if random.random() < 0.1:
            now += round(random.random() * 20 * DAY_MS)
            account.advance(now)


@pytest.mark.parametrize("seed", [11, 12])
def test_people_close_the_weightiest_items_first(seed: int) -> None:
    random, account = Random(seed), an_account("1h")
    for _ in range(150):
        at = BEGIN - random.randrange(96) * DAY_MS // 24
        see(account, a_ticket_event(random, at, 40), BEGIN, compares=False)
    for number in (0, 1, 2):
        for items in (0, 1, 3, 100):
            close_items(account.plan, account.account, number, items)
            account.kernel.native.close_items(account.number, number, items)
            account.compare()
    account.advance_by_timers(BEGIN + 10 * DAY_MS)


def test_of_too_many_items_the_latest_are_kept() -> None:
    random, account = Random(21), an_account("1h", signals=FEW_SIGNALS)
    for place in range(2 * ITEMS_MAX + 200):
        topic, name = (("tickets", "opened"), ("billing", "changed"))[place % 2]
        at = BEGIN + random.randrange(12) * DAY_MS // 2
        sent = an_event(topic, "acme", name, at, ticket=str(place), sub=str(place), mrr=0.1)
        see(account, sent, BEGIN + 6 * DAY_MS, compares=place % 1000 == 0 or place > 2 * ITEMS_MAX + 190)
    assert account.plan.past_bounds(account.account) == ("open", "total")
