"""A book of accounts whose truth is known: who leaves, when, and what is seen of it before.

The outcome comes first and the events follow from it (`tests.support.worlds.lives`), so no score is anybody's
secret rule. What is stated here is all there is: the shares below, and in `lives` the noise.
"""

from __future__ import annotations

import random
from enum import Enum
from typing import TypeVar

import msgspec

from tests.support.worlds.rhythms import FIRST_DAY

DAYS = 400
LEAVE_SHARE = 0.25
"""Of the accounts with a life of `SAFE_DAYS` or more."""
SAFE_DAYS = 90
"""Nobody leaves earlier than so many days after the first."""
RETURN_SHARE, RETURN_DAYS = 0.03, 60
"""Of those who left, so many subscribe again, so many days later if the book lasts that long."""
EXISTING_SHARE, NEW_SHARE, NEW_DAYS = 0.5, 0.06, 60
"""How many were there on the first day, and how many come in the last days; the others come evenly in between."""


class Kind(Enum):
    """What an account sends."""

    PRODUCT = "everything"
    TICKETS = "tickets only"
    INVOICES = "invoices only"


class Way(Enum):
    """How an account leaves."""

    STAYS = ""
    DECLINE = "decline"
    STOP = "stop"
    TICKETS = "tickets"
    PAYMENTS = "payments"
    UNSEEN = "unseen"


_KINDS = ((Kind.PRODUCT, 0.88), (Kind.TICKETS, 0.06), (Kind.INVOICES, 0.06))
_WAYS = {
    Kind.PRODUCT: (
        (Way.DECLINE, 0.35), (Way.STOP, 0.2), (Way.TICKETS, 0.2), (Way.PAYMENTS, 0.15), (Way.UNSEEN, 0.1)
    ),
    Kind.TICKETS: ((Way.TICKETS, 0.6), (Way.UNSEEN, 0.4)),
    Kind.INVOICES: ((Way.PAYMENTS, 0.6), (Way.UNSEEN, 0.4)),
}  # fmt: skip
_PLANS = (("starter", 18, (2, 8)), ("team", 29, (5, 25)), ("scale", 42, (15, 60)))
_SEGMENTS = ("small", "middle", "large")
_T = TypeVar("_T")
_OFFSETS = (-8, -5, -5, 0, 0, 1, 1, 2, 8)


class BookAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One account. Days count from the book's first, -1 for never; `rate` is in product events a week at the start."""

    account_id: str
    kind: Kind
    way: Way
    first_day: int
    leaves_day: int
    returns_day: int
    plan: str
    segment: str
    seats: int
    price: int
    rate: float
    offset_hours: int
    seed: str


def book(accounts: int, seed: int, days: int = DAYS) -> list[BookAccount]:
    """The accounts of a book; the first accounts of a larger book are those of a smaller one."""
    return [_account(number, seed, days) for number in range(accounts)]


def _account(number: int, seed: int, days: int) -> BookAccount:
    rng = random.Random(f"book {seed} account {number}")
    kind = _one_of(rng, _KINDS)
    first_day = _first_day(rng, days)
    leaves_day, returns_day, way = -1, -1, Way.STAYS
    if rng.random() < LEAVE_SHARE and first_day + SAFE_DAYS < days:
        leaves_day = rng.randrange(first_day + SAFE_DAYS, days)
        way = _one_of(rng, _WAYS[kind])
        if rng.random() < RETURN_SHARE and leaves_day + RETURN_DAYS < days:
            returns_day = leaves_day + RETURN_DAYS
    number_of_plan = rng.choices((0, 1, 2), (5, 4, 2))[0]
    plan, price, (fewest, most) = _PLANS[number_of_plan]
    seats = rng.randint(fewest, most)
    return BookAccount(
        account_id=f"b{seed}-{number:05d}",
        kind=kind,
        way=way,
        first_day=first_day,
        leaves_day=leaves_day,
        returns_day=returns_day,
        plan=plan,
        segment=_SEGMENTS[number_of_plan],
        seats=seats,
        price=price,
        rate=min(600.0, seats * rng.lognormvariate(0.6, 0.8)),
        offset_hours=rng.choice(_OFFSETS),
        seed=f"book {seed} life {number}",
    )


def _first_day(rng: random.Random, days: int) -> int:
    draw = rng.random()
    if draw < EXISTING_SHARE:
        return 0
    if draw < EXISTING_SHARE + NEW_SHARE:
        return rng.randrange(max(0, days - NEW_DAYS), days)
    return rng.randrange(max(1, days - NEW_DAYS))


def _one_of(rng: random.Random, shares: tuple[tuple[_T, float], ...]) -> _T:
    return rng.choices([each for each, _ in shares], [share for _, share in shares])[0]


__all__ = ["DAYS", "FIRST_DAY", "BookAccount", "Kind", "Way", "book"]
