"""Who the sample's accounts are, and what is done with them: enough to show something on every page."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from typing import Any

import pytest

from scoring.instants import DAY_MS, parse_instant
from streams.activity.account import AccountActivity
from streams.activity.names import Kind, Kinds
from streams.activity.traits import traits_of
from vitals.local.sample_accounts import SampleAccount, Story, book
from vitals.local.sample_events import usage
from vitals.local.sample_history import HISTORY_DAYS
from vitals.local.sample_profiles import OWNERS, aliases_of, profile_of
from vitals.local.sample_success import success

SEED = 7
END_MS = parse_instant("2026-11-23T12:00:00Z")
FORTY = book(SEED, 40)


def acts(account: SampleAccount) -> list[tuple[float, str, str, dict[str, Any]]]:
    """What is done with an account, as (age in days, topic, event, properties)."""
    done = success(account, SEED, END_MS, HISTORY_DAYS)
    return [((END_MS - at_ms) / DAY_MS, each.topic, each.event, dict(each.properties)) for at_ms, each in done]


@cache
def shares(event: str, within_days: float) -> dict[str, float]:
    """By owner, the share of accounts with such an event in the last days."""
    has: dict[str, list[bool]] = defaultdict(list)
    for account in FORTY:
        owner = profile_of(account, SEED, END_MS).owner.name
        has[owner].append(any(name == event and age < within_days for age, _, name, _ in acts(account)))
    return {owner: sum(found) / len(found) for owner, found in has.items()}


def test_the_same_account_and_seed_have_the_same_profile() -> None:
    assert [profile_of(each, SEED, END_MS) for each in FORTY] == [profile_of(each, SEED, END_MS) for each in FORTY]
    assert [acts(each) for each in FORTY[:5]] == [acts(each) for each in FORTY[:5]]


def test_every_owner_segment_and_several_industries_have_accounts() -> None:
    profiles = [profile_of(each, SEED, END_MS) for each in FORTY]
    assert {each.owner.name for each in profiles} == {owner.name for owner in OWNERS}
    assert len(OWNERS) == 5
    assert len({each.segment for each in profiles}) == 4
    assert len({each.industry for each in profiles}) >= 6


def test_names_are_of_every_kind_that_a_page_must_show() -> None:
    names = [profile_of(each, SEED, END_MS).name for each in FORTY]
    assert len(set(names)) == 40
    assert any("\u0600" <= letter <= "\u06ff" for name in names for letter in name)
    assert any(ord(letter) > 0x1F000 for name in names for letter in name)
    assert any("<script>" in name and "&" in name and '"' in name for name in names)
    assert 120 < max(map(len, names)) <= 200


def test_some_renewals_are_within_thirty_days_and_some_were_moved_forward() -> None:
    today = date(2026, 11, 23)
    days = [(date.fromisoformat(profile_of(each, SEED, END_MS).renewal) - today).days for each in FORTY]
    assert sum(0 <= each <= 30 for each in days) >= 4
    assert max(days) > 300
    renewed = [each for each in FORTY if any(event == "subscription_renewed" for _, _, event, _ in acts(each))]
    assert renewed
    for account in renewed:
        first = next(found for _, _, event, found in acts(account) if event == "account_updated")
        then = next(found for _, _, event, found in acts(account) if event == "subscription_renewed")
        assert first["renewal_date"] < str(today) < then["renewal_date"]


@pytest.mark.parametrize(
    ("event", "days"),
    [("health_check", 30), ("qbr_held", 92), ("call_held", 30), ("email_opened", 90)],
)
def test_owners_differ_in_what_they_do(event: str, days: float) -> None:
    found = shares(event, days)
    assert max(found.values()) >= 0.7
    assert min(found.values()) <= max(found.values()) - 0.2


def test_some_were_onboarded_and_trained_in_time_and_some_late() -> None:
    for event in ("onboarding_completed", "training_completed"):
        took = [HISTORY_DAYS - age for each in FORTY for age, _, name, _ in acts(each) if name == event]
        assert sum(days <= 30 for days in took) > 20
        assert sum(days > 30 for days in took) >= 4


def test_nothing_is_done_in_the_future_or_on_a_weekend() -> None:
    for account in FORTY:
        for at_ms, draft in success(account, SEED, END_MS, HISTORY_DAYS):
            assert at_ms < END_MS
            if draft.event not in ("account_updated",):
                assert (at_ms // DAY_MS + 3) % 7 < 5, draft


def test_no_act_counts_as_use_of_the_product() -> None:
    kinds = Kinds()
    done = {(topic, event) for account in FORTY for _, topic, event, _ in acts(account)}
    topics = ("analytics", "exceptions", "billing", "tickets")
    assert len(done) >= 8
    assert not [each for each in done if kinds.of(topics.index(each[0]), each[1]) is Kind.USE]


def test_accounts_have_ids_in_other_systems_and_some_lack_some() -> None:
    found = [alias for account in FORTY for alias in aliases_of(account, SEED, END_MS)]
    kinds = Counter(alias.kind for alias in found)
    assert set(kinds) == {
        "stripe.customer",
        "hubspot.company",
        "zendesk.organization",
        "posthog.group",
        "slack.channel",
    }
    assert all(20 < number < 40 for number in kinds.values())
    assert len({(alias.kind, alias.id) for alias in found}) == len(found)
    assert {alias.to.id for alias in found} <= {account.account_id for account in FORTY}


def test_features_are_adopted_and_given_up_over_the_weeks() -> None:
    def share(story: Story, feature: str, age: float) -> float:
        account, dice = next(each for each in FORTY if each.story is story), random.Random(1)
        drafts = [usage(account, dice, age=age) for _ in range(3_000)]
        return sum(draft.properties["feature"] == feature for draft in drafts) / len(drafts)

    assert share(Story.STEADY, "assistant", 100) == 0
    assert 0 < share(Story.STEADY, "assistant", 60) < share(Story.STEADY, "assistant", 5)
    assert share(Story.DECLINING, "reports", 5) < share(Story.DECLINING, "reports", 60) / 2
    assert share(Story.GROWING, "integrations", 5) > 1.5 * share(Story.GROWING, "integrations", 150)


def test_the_traits_of_an_account_are_kept_under_the_names_that_pages_show() -> None:
    _, _, event, properties = acts(FORTY[11])[0]
    body = json.loads(json.dumps({"event": event, "properties": properties}))
    account = AccountActivity()
    for name, value in traits_of(event, FORTY[11].account_id, body):
        account.say(name, value, 1)
    kept = {trait.name: trait.value for trait in account.activity().traits}
    assert set(kept) == {"name", "owner", "segment", "industry", "website", "employees", "renewal_date"}
    assert kept["owner"] in {owner.name for owner in OWNERS}
