"""A seeded year of events: busy and quiet accounts, newcomers and leavers, weekends, some copies and late lines."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import IO, NamedTuple

from scoring.instants import DAY_MS, parse_instant, rfc3339

START_MS = parse_instant("2025-01-01T00:00:00Z")
DAYS = 365
END_MS = START_MS + DAYS * DAY_MS
_TOPICS = ("analytics", "exceptions", "tickets", "billing")
_TOPIC_WEIGHTS = (90, 4, 3, 3)
_FEATURES = ("dashboard_view", "report_exported", "record_created", "search_run", "member_invited", "api_called")
_WEEKEND = 0.3
_COPIES, _LATE = 0.005, 0.01
"""The share of lines that come twice, and of those that come up to two days after they happened."""


class _Account(NamedTuple):
    name: str
    weight: float
    first_day: int
    last_day: int
    users: int


def write_year(output: IO[bytes], events: int, accounts: int, seed: int = 1) -> None:
    """Write about `events` lines of NDJSON. The same arguments give the same bytes."""
    for block in _blocks(events, accounts, seed):
        output.write(block)


def _blocks(events: int, accounts: int, seed: int) -> Iterator[bytes]:
    rng = random.Random(seed)
    book = [_account(rng, number) for number in range(accounts)]
    shares = [_WEEKEND if day % 7 in (3, 4) else 1.0 for day in range(DAYS)]
    started = [False] * accounts
    for day in range(DAYS):
        weights = [each.weight if each.first_day <= day < each.last_day else 0.0 for each in book]
        count = round(events * shares[day] / sum(shares) * (1 - _COPIES))
        picked = rng.choices(range(accounts), cum_weights=list(accumulate(weights)), k=count)
        times = sorted(rng.randrange(DAY_MS) for _ in range(count))
        lines = []
        for number, offset in zip(picked, times, strict=True):
            at_ms = START_MS + day * DAY_MS + offset
            lines.append(_line(rng, book[number], number, at_ms, is_first=not started[number]))
            started[number] = True
            if rng.random() < _COPIES:
                lines.append(lines[rng.randrange(len(lines))])
        yield "".join(lines).encode()


def _account(rng: random.Random, number: int) -> _Account:
    weight = rng.lognormvariate(0.0, 1.2)
    first = 0 if rng.random() < 0.7 else rng.randrange(DAYS - 30)
    last = DAYS if rng.random() < 0.85 else rng.randrange(first + 20, DAYS)
    return _Account(f"acct-{number:05d}", weight, first, last, 1 + round(8 * weight))


def _line(rng: random.Random, account: _Account, number: int, at_ms: int, *, is_first: bool) -> str:
    name, properties = "", ""
    topic = "billing" if is_first else rng.choices(_TOPICS, _TOPIC_WEIGHTS)[0]
    match topic:
        case "analytics":
            name = rng.choice(_FEATURES)
            properties = f'"nps":{rng.randrange(11)},' if rng.random() < 0.002 else ""
        case "exceptions":
            name, properties = "$exception", '"message":"TimeoutError",'
        case "tickets":
            name = rng.choice(("ticket_opened", "ticket_closed", "ticket_commented"))
            properties = f'"ticket_id":"t-{rng.randrange(40)}","severity":"high",'
        case _:
            name = "subscription_started" if is_first else rng.choice(("invoice_paid", "invoice_paid", "plan_changed"))
            if rng.random() < 0.03 and not is_first:
                name = "payment_failed"
            properties = f'"mrr":{500 + 10 * (number % 900)},"plan":"scale","seats":{account.users},'
    if rng.random() < _LATE:
        at_ms = max(START_MS, at_ms - rng.randrange(2 * DAY_MS))
    user = f"u-{number:05d}-{rng.randrange(account.users):03d}"
    return (
        f'{{"topic":"{topic}","account_id":"{account.name}","event":"{name}","timestamp":"{rfc3339(at_ms)}",'
        f'"id":"{rng.getrandbits(96):024x}","user_id":"{user}","properties":{{{properties}"page":"/app/home",'
        f'"browser":"Firefox 128","country":"DE"}}}}\n'
    )
