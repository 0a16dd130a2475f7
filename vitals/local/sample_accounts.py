"""The sample's book: invented B2B accounts, each with a subscription and a story. Pure; the same seed, the same
book."""

from __future__ import annotations

import random
from enum import Enum

import msgspec

from streams.errors import UserError

STEMS = (
    "alderwick", "brambleton", "copperline", "dunmore", "eastmarch", "fenlow", "glasswing", "hollinsett", "ivoryleaf",
    "jasperquay", "kestrelpoint", "lumenfield", "marlowick", "nimbusgate", "oakhollow", "pellwood", "quillstone",
    "ravensmoor", "saltmarsh", "thornbury", "umberline", "valewick", "westerby", "yarrowdale", "zephyrine", "ashcombe",
    "birchgate", "cindermill", "driftmoor", "elmhaven", "foxglade", "greyfinch", "heatherley", "inkwell", "juniperhall",
    "larkspire", "mossbank", "northquill", "orchardine", "pinecrest", "rookwood", "silverfen", "tidewell", "wrenfield",
)  # fmt: skip
TRADES = (
    "foods", "logistics", "analytics", "energy", "robotics", "travel", "freight", "media", "dental", "games", "steel",
    "insurance", "health", "optics",
)  # fmt: skip
ACCOUNTS_MAX = len(STEMS) * len(TRADES)


class Story(Enum):
    """What happens to an account in the history and in the live part."""

    SILENT = "a last export two weeks before the end of the history, then nothing"
    STORM = "steady, then an error storm"
    RECOVERING = "almost lost, then everyone comes back"
    TICKETS = "steady, then one support ticket after another"
    DECLINING = "less every week"
    GROWING = "more every week"
    NEW = "nine days old: nothing is usual yet"
    LAPSED = "gone for weeks"
    STEADY = "as usual"
    CANCELLED = "cancelled two weeks ago"
    UNUSED = "pays, and was never seen in the product"
    RETURNED = "was nearly lost two months ago, and is back"
    CONTRACTED = "as usual, with fewer seats since last month"


class SampleAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One account, the one of that `number` in the book. `events_a_day` is its usual number of product events on a
    working day; `mrr` is in dollars a month.

    `decay` is the share of its activity that a declining account keeps from one day to the next.
    """

    number: int
    account_id: str
    story: Story
    plan: str
    seats: int
    mrr: int
    users: int
    events_a_day: float
    utc_offset_hours: int
    decay: float


class Plan(msgspec.Struct, frozen=True):
    """A subscription plan; `price` is in dollars per seat and month, `seats` the range of seats sold."""

    name: str
    price: int
    seats: tuple[int, int]


STARTER = Plan("starter", 18, (6, 14))
TEAM = Plan("team", 29, (12, 30))
SCALE = Plan("scale", 42, (28, 48))
ENTERPRISE = Plan("enterprise", 58, (50, 80))

# The stories that a visitor should see come first, so that a small book has them too. They get large plans to matter.
_LEADING = (
    (Story.SILENT, SCALE),
    (Story.STORM, SCALE),
    (Story.RECOVERING, TEAM),
    (Story.TICKETS, TEAM),
    (Story.DECLINING, ENTERPRISE),
    (Story.GROWING, TEAM),
    (Story.NEW, STARTER),
    (Story.LAPSED, STARTER),
    (Story.CANCELLED, STARTER),
    (Story.UNUSED, STARTER),
)
_OTHERS = (Story.STEADY,) * 7 + (Story.DECLINING, Story.GROWING)
_RARE = {12: Story.RETURNED, 16: Story.CONTRACTED}
"""By number: stories of one account each."""
_UTC_OFFSETS = (-8, -6, -5, 0, 0, 1, 1, 2, 5, 8, 10)


def book(seed: int, accounts: int) -> tuple[SampleAccount, ...]:
    """The first `accounts` accounts of `seed`, 1 to `ACCOUNTS_MAX`; a smaller book is the beginning of a larger one.

    Raises:
        UserError: for another number of accounts.
    """
    if not 1 <= accounts <= ACCOUNTS_MAX:
        raise UserError(f"A sample cannot have {accounts} accounts: use 1 to {ACCOUNTS_MAX}.")
    rng = random.Random(f"{seed} names")
    stems = rng.sample(STEMS, len(STEMS))
    trades = {stem: rng.sample(TRADES, len(TRADES)) for stem in stems}
    names = [
        f"{stems[number % len(stems)]}-{trades[stems[number % len(stems)]][number // len(stems)]}"
        for number in range(accounts)
    ]
    return tuple(_account(seed, number, name) for number, name in enumerate(names))


def _account(seed: int, number: int, account_id: str) -> SampleAccount:
    rng = random.Random(f"{seed} account {account_id}")
    if number < len(_LEADING):
        story, plan = _LEADING[number]
    else:
        story = _RARE.get(number, _OTHERS[(number - len(_LEADING)) % len(_OTHERS)])
        plan = rng.choices((STARTER, TEAM, SCALE, ENTERPRISE), (4, 4, 2, 1))[0]
    seats = rng.randint(*plan.seats)
    users = max(4, round(seats * rng.uniform(0.85, 1.0)))
    return SampleAccount(
        number=number,
        account_id=account_id,
        story=story,
        plan=plan.name,
        seats=seats,
        mrr=seats * plan.price,
        users=users,
        events_a_day=3.5 + users * rng.uniform(0.22, 0.3),
        utc_offset_hours=rng.choice(_UTC_OFFSETS),
        decay=rng.uniform(0.980, 0.990),
    )
