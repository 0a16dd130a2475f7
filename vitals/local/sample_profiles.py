"""Who the sample's accounts are: names, owners, segments, renewals, ids in other systems. Pure."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import msgspec

from scoring.instants import DAY_MS
from streams.identity.alias import ACCOUNT, Alias, ForeignId
from vitals.local.sample_accounts import SampleAccount, Story


class Owner(msgspec.Struct, frozen=True):
    """A customer success manager, and the shares (0 to 1) of due things that come about: health checks, reviews, calls,
    training in time, onboarding in time, mails that are opened."""

    name: str
    checks: float
    reviews: float
    calls: float
    trains: float
    on_time: float
    mails: float


OWNERS = (
    Owner("Amira Haddad", checks=0.97, reviews=0.95, calls=0.95, trains=0.9, on_time=0.95, mails=0.55),
    Owner("Ben Okafor", checks=0.9, reviews=0.7, calls=0.85, trains=0.8, on_time=0.85, mails=0.35),
    Owner("Clara Lindqvist", checks=0.75, reviews=0.85, calls=0.6, trains=0.85, on_time=0.7, mails=0.5),
    Owner("Diego Marín", checks=0.55, reviews=0.5, calls=0.75, trains=0.6, on_time=0.8, mails=0.15),
    Owner("Emi Tanaka", checks=0.92, reviews=0.8, calls=0.9, trains=0.75, on_time=0.9, mails=0.05),
)
SEGMENTS = {"starter": "Startup", "team": "Small business", "scale": "Mid-market", "enterprise": "Enterprise"}
_TRADES = {
    "Software": ("analytics", "games"),
    "Manufacturing": ("robotics", "steel", "optics"),
    "Logistics": ("logistics", "freight"),
    "Healthcare": ("dental", "health"),
    "Food": ("foods",),
    "Energy": ("energy",),
    "Travel": ("travel",),
    "Media": ("media",),
    "Insurance": ("insurance",),
}
INDUSTRIES = {trade: industry for industry, trades in _TRADES.items() for trade in trades}
_RENEWALS = (12, 48, 160, 25, 75, 290, 345, 110, 210)
"""Days from the end of the history to the next renewal, by the account's number."""
RENEWED_FROM = 330
"""Whose next renewal is further away than this has renewed lately."""
_UNUSUAL_NAMES = {
    11: "شركة النخلة للتجارة",
    14: "🦊 Foxtrot & Söhne GmbH",
    18: 'Smith <b>"&"</b> Sons <script>',
    21: (
        "The Incorporated Association of Independent Harbour, Warehouse and Cold-Chain Operators of the Northern "
        "Territories, Formerly the Guild of Quay Keepers"
    ),
}
"""What a page must show as well as any other name."""
_SYSTEMS = (
    ("stripe.customer", "cus_{0:014X}", "stripe"),
    ("hubspot.company", "{0:011d}", "hubspot"),
    ("zendesk.organization", "{0:012d}", "zendesk"),
    ("posthog.group", "company:{1}", "posthog"),
    ("slack.channel", "C{0:09X}", "slack"),
)
_KNOWN_SHARE = 0.8


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Who an account is. `renewal` is the date of the next renewal, `renewal_before` that of the last, "" for none."""

    name: str
    owner: Owner
    segment: str
    industry: str
    website: str
    employees: int
    renewal: str
    renewal_before: str = ""


def profile_of(account: SampleAccount, seed: int, end_ms: int) -> Profile:
    """The account's profile, with dates from the end of the history; the same for the same account, seed and day."""
    rng = random.Random(f"{seed} profile {account.account_id}")
    stem, trade = account.account_id.split("-")
    days = _RENEWALS[account.number % len(_RENEWALS)]
    is_renewed = days > RENEWED_FROM and account.story is not Story.NEW
    return Profile(
        name=_UNUSUAL_NAMES.get(account.number, f"{stem.title()} {trade.title()}"),
        owner=OWNERS[account.number % len(OWNERS)],
        segment=SEGMENTS[account.plan],
        industry=INDUSTRIES[trade],
        website=f"https://{account.account_id}.example",
        employees=account.seats * rng.randint(3, 12),
        renewal=_date(end_ms + days * DAY_MS),
        renewal_before=_date(end_ms + (days - 365) * DAY_MS) if is_renewed else "",
    )


def aliases_of(account: SampleAccount, seed: int, at_ms: int) -> list[Alias]:
    """The account's ids in other systems, as their gateways would say them; some accounts lack some."""
    rng = random.Random(f"{seed} ids {account.account_id}")
    found = []
    for kind, form, source in _SYSTEMS:
        number, is_known = rng.randrange(10**9), rng.random() < _KNOWN_SHARE
        if is_known:
            to = ForeignId(ACCOUNT, account.account_id)
            foreign = form.format(number, account.account_id)
            found.append(Alias(kind=kind, id=foreign, to=to, author=source, at_ms=at_ms))
    return found


def _date(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).date().isoformat()
