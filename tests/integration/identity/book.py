"""A book of accounts whose events name them by the ids of four systems, and the same book with one id."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any, NamedTuple

from scoring.event.event import Event, EventDecoder
from scoring.instants import DAY_MS, HOUR_MS, parse_instant
from streams.identity.alias import ACCOUNT, Alias, ForeignId

BEGIN_MS = parse_instant("2026-08-01T00:00:00Z")
DAYS = 40
END_MS = BEGIN_MS + DAYS * DAY_MS


class Arrival(NamedTuple):
    """An event as it comes, without an account; `accounts` are the ids that it names."""

    topic: str
    name: str
    body: Mapping[str, Any]
    occurred_at_ms: int
    accounts: tuple[ForeignId, ...]
    account: str
    """Whose it is."""

    @property
    def value(self) -> bytes:
        """The JSON object."""
        return json.dumps(self.body).encode()


def names_of(count: int) -> list[str]:
    """The accounts of a book."""
    return [f"account-{number:03}" for number in range(count)]


def arrivals_of(account: str, chance: random.Random) -> list[Arrival]:
    """Four weeks and more of an account: use, money, errors and tickets, each under the id of its own system."""
    found = []
    users = [f"{account}-u{number}" for number in range(3)]
    for number in range(chance.randint(4, 14)):
        user = chance.choice(users)
        ids = (ForeignId("segment.user", user),)
        found.append(arrival("analytics", "report_viewed", account, f"a{number}", ids, chance, user_id=user))
    stripe = (ForeignId("stripe.customer", f"cus_{account}"),)
    found.append(arrival("billing", "plan_changed", account, "b0", stripe, chance, mrr=chance.randint(50, 900)))
    if chance.random() < 0.3:
        found.append(arrival("billing", "payment_failed", account, "b1", stripe, chance, amount=99))
    sentry = (ForeignId("sentry.tag", f"tag-{account}"), ForeignId("segment.user", users[0]))
    found += [
        arrival("exceptions", "$exception", account, f"e{n}", sentry, chance) for n in range(chance.randint(0, 4))
    ]
    zendesk = (ForeignId("zendesk.organization", f"36-{account}"),)
    for number in range(chance.randint(0, 3)):
        found.append(
            arrival("tickets", "ticket_opened", account, f"t{number}", zendesk, chance, ticket_id=f"{account}-{number}")
        )
    return found


def arrival(
    topic: str,
    name: str,
    account: str,
    number: str,
    accounts: tuple[ForeignId, ...],
    chance: random.Random,
    *,
    user_id: str = "",
    **properties: Any,
) -> Arrival:
    """One event, at a random hour of the book."""
    at_ms = BEGIN_MS + chance.randrange(DAYS * 24) * HOUR_MS
    body = {"event": name, "id": f"{account}-{number}", "timestamp": at_ms, "properties": properties}
    if user_id:
        body["user_id"] = user_id
    return Arrival(topic, name, body, at_ms, accounts, account)


def aliases_of(account: str) -> list[Alias]:
    """By which the four systems' ids lead to the account: users by their group."""
    group, to = ForeignId("segment.group", f"g-{account}"), ForeignId(ACCOUNT, account)
    users = [Alias(kind="segment.user", id=f"{account}-u{number}", to=group) for number in range(3)]
    others = (group, *(ForeignId(*each) for each in other_ids(account)))
    return [*users, *(Alias(kind=each.kind, id=each.id, to=to) for each in others)]


def other_ids(account: str) -> list[tuple[str, str]]:
    """The ids that lead to the account themselves."""
    return [
        ("stripe.customer", f"cus_{account}"),
        ("zendesk.organization", f"36-{account}"),
        ("sentry.tag", f"tag-{account}"),
    ]


def as_one(arrivals: list[Arrival], account_of: Mapping[str, str], decoder: EventDecoder) -> list[Event]:
    """The same book with one id, in the order of time. `account_of` are the accounts that were merged."""
    events = []
    for each in arrivals:
        account = account_of.get(each.account, each.account)
        value = json.dumps({**each.body, "account_id": account}).encode()
        events.append(decoder.decode(each.topic, value, 0, END_MS))
    return sorted(events, key=lambda event: event.occurred_at_ms)
