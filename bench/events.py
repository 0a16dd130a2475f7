"""The events that every row is measured with: a seeded book of accounts, in time order, each event of the same size."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, rfc3339

EVENT_BYTES = 271
DAYS = 29
"""How far the events are spread: past both 14-day windows of the presets, and by wall time inside the longest one."""
USERS = 20
"""How many people of an account are ever seen."""
_TOPIC_WEIGHTS = (70, 10, 8, 12)
_FILLER = "abcdefghijklmnopqrstuvwxyz-0123456789-" * 8
_FEATURES = ("dashboard_view", "report_exported", "record_created", "search_run", "member_invited", "api_called")
_PLANS = ("starter", "scale", "enterprise")


class BenchEvent(msgspec.Struct, frozen=True, gc=False):
    """One event as it is sent: `key` is the account's id, `value` a JSON object of exactly `EVENT_BYTES` bytes."""

    topic: str
    key: bytes
    value: bytes
    occurred_at_ms: int
    event_id: str


def make_events(
    count: int,
    accounts: int,
    until_ms: int,
    span_ms: int = DAYS * DAY_MS,
    seed: int = 1,
    *,
    named: str = "acct-{:06d}",
    are_known: bool = False,
    in_turn: bool = False,
) -> Iterator[BenchEvent]:
    """`count` events of `accounts` accounts, spread evenly over the `span_ms` before `until_ms` (exclusive).

    The same arguments give the same events; another `seed` gives others, with other ids. Every account is as busy as
    every other; its first event is its subscription, so that seats, plan and MRR are known; with `are_known`
    they were subscribed before. `named` makes an account's id of its number. With `in_turn` each account has one event
    before any has a second, else they come at random.
    """
    rng = random.Random(seed)
    from_ms = until_ms - span_ms
    subscribed = [are_known] * accounts
    for number in range(count):
        account = number % accounts if in_turn else rng.randrange(accounts)
        occurred_at_ms = from_ms + span_ms * number // count
        if subscribed[account]:
            topic = rng.choices(INPUT_TOPICS, _TOPIC_WEIGHTS)[0]
            name, properties = _what_happened(rng, topic, account)
        else:
            subscribed[account] = True
            topic, name, properties = "billing", "subscription_started", _subscription(account)
        account_id = named.format(account)
        user = f"u-{account:06d}-{rng.randrange(USERS):02d}"
        event_id = f"{rng.getrandbits(128):032x}"
        value = _value(account_id, name, rfc3339(occurred_at_ms), event_id, user, properties)
        yield BenchEvent(topic, account_id.encode(), value, occurred_at_ms, event_id)


def _what_happened(rng: random.Random, topic: str, account: int) -> tuple[str, str]:
    """An event's name and its properties, as the inside of a JSON object."""
    dice = rng.randrange(1_000)
    match topic:
        case "analytics":
            return rng.choice(_FEATURES), f'"nps":{rng.randrange(5, 11)},' if dice < 5 else ""
        case "exceptions":
            return "$exception", '"message":"TimeoutError",'
        case "billing":
            if dice < 10:
                return "seat_count_set", _subscription(account)
            return ("payment_failed" if dice < 20 else "invoice_paid"), f'"amount_cents":{rng.randrange(100_000)},'
        case _:
            return (
                "ticket_opened" if dice < 100 else "ticket_commented"
            ), f'"ticket_id":"t-{rng.randrange(10**6):06d}",'


def _subscription(account: int) -> str:
    return f'"mrr":{500 + 10 * (account % 900)},"plan":"{_PLANS[account % 3]}","seats":{USERS + account % USERS},'


def _value(account_id: str, name: str, timestamp: str, event_id: str, user: str, properties: str) -> bytes:
    head = (
        f'{{"account_id":"{account_id}","event":"{name}","timestamp":"{timestamp}","id":"{event_id}",'
        f'"user_id":"{user}","properties":{{{properties}"trace":"'
    )
    return f'{head}{_FILLER[: EVENT_BYTES - len(head) - 3]}"}}}}'.encode()
