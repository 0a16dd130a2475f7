"""What the sample's customer success managers do with their accounts: traits, onboarding, checks, calls, mail. Pure.

Names that a shipped model takes for use of the product are sent on `tickets`, where they are none.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

from scoring.instants import DAY_MS, HOUR_MS
from vitals.local.sample_accounts import SampleAccount, Story
from vitals.local.sample_events import Draft, Value, billing
from vitals.local.sample_profiles import Profile, profile_of

NEW_DAYS = 9
RENEWED_DAYS = 21
_QUIET_DAYS = {Story.CANCELLED: 12, Story.LAPSED: 33, Story.SILENT: 14}
"""Since when nobody there answers."""
_WORKDAYS, _THURSDAY = 5, 3
_CHECK_DAYS, _REVIEW_DAYS, _CALL_DAYS, _MAIL_DAYS = 30, 91, 24, 9
_CLICKED_SHARE = 0.35


def success(account: SampleAccount, seed: int, end_ms: int, days: int) -> Iterator[tuple[int, Draft]]:
    """What is done with an account in the `days` before `end_ms`, with times, unordered; some may be out of range."""
    rng = random.Random(f"{seed} success {account.account_id}")
    profile = profile_of(account, seed, end_ms)
    since = NEW_DAYS if account.story is Story.NEW else days
    began_ms = end_ms - since * DAY_MS
    yield began_ms, _traits(account, profile)
    if profile.renewal_before:
        draft = billing(account, "subscription_renewed", seats=account.seats)
        renewed: dict[str, Value] = {**draft.properties, "renewal_date": profile.renewal}
        yield _at(end_ms, RENEWED_DAYS, rng), msgspec.structs.replace(draft, properties=renewed)
    for age, draft in _steps(account, profile, since, rng):
        if age < since - 1:
            yield _at(end_ms, age, rng), draft


def _traits(account: SampleAccount, profile: Profile) -> Draft:
    """Who the account is, as a CRM says it at the beginning."""
    properties: dict[str, Value] = {
        "name": profile.name,
        "account_owner": profile.owner.name,
        "segment": profile.segment,
        "industry": profile.industry,
        "website": profile.website,
        "employees": profile.employees,
        "renewal_date": profile.renewal_before or profile.renewal,
    }
    return Draft(topic="analytics", account_id=account.account_id, event="account_updated", properties=properties)


def _steps(account: SampleAccount, profile: Profile, since: int, rng: random.Random) -> Iterator[tuple[float, Draft]]:
    """The steps, each with its age in days."""
    owner, quiet = profile.owner, _QUIET_DAYS.get(account.story, 0)
    if account.story not in (Story.NEW, Story.UNUSED):
        onboarded = rng.uniform(10, 28) if rng.random() < owner.on_time else rng.uniform(38, 60)
        yield since - onboarded, _act(account, "tickets", "onboarding_completed", "Onboarding", owner.name)
        trained = rng.uniform(9, 28) if rng.random() < owner.trains else rng.uniform(45, 80)
        yield since - trained, _act(account, "tickets", "training_completed", "Admin training", owner.name)
    spans = (
        (_CHECK_DAYS, owner.checks, "analytics", "health_check", "Health check"),
        (_REVIEW_DAYS, owner.reviews, "analytics", "qbr_held", "Quarterly review"),
        (_CALL_DAYS, owner.calls, "tickets", "call_held", "Check-in call"),
    )
    for days, share, topic, event, title in spans:
        for number in range(since // days + 1):
            age = days * number + rng.uniform(1.5, days)
            if rng.random() < share and (age > quiet or event == "health_check"):
                yield age, _act(account, topic, event, title, owner.name)
    for number in range(since // _MAIL_DAYS + 1):
        age = _MAIL_DAYS * number + rng.uniform(0.5, _MAIL_DAYS)
        if rng.random() < owner.mails and age > quiet and account.story is not Story.UNUSED:
            yield age, _act(account, "analytics", "email_opened", "Product news", owner.name)
            if rng.random() < _CLICKED_SHARE:
                yield age - 0.01, _act(account, "analytics", "email_clicked", "Product news", owner.name)


def _act(account: SampleAccount, topic: str, event: str, title: str, by: str) -> Draft:
    return Draft(topic=topic, account_id=account.account_id, event=event, properties={"title": title, "by": by})


def _at(end_ms: int, age: float, rng: random.Random) -> int:
    """An instant of that age, moved back to the office hours of a working day."""
    day = (end_ms - int(age * DAY_MS)) // DAY_MS
    weekday = (day + _THURSDAY) % 7
    day -= max(0, weekday - _WORKDAYS + 1)
    at_ms: int = day * DAY_MS + 8 * HOUR_MS + rng.randrange(9 * HOUR_MS)
    return min(at_ms, end_ms - 1)
