"""Which properties of an event say what the account is, and under which name they are kept."""

from __future__ import annotations

from typing import Any

import pytest

from streams.activity.traits import NAME_MAX_CHARACTERS, VALUE_MAX_CHARACTERS, says_traits, traits_of


def said(name: str, body: dict[str, Any], *, is_use: bool = False) -> dict[str, object]:
    return dict(traits_of(name, "acme", body, is_use=is_use))


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("group", {"type": "group", "traits": {"owner": "Ann", "Industry": "steel"}}),
        ("group", {"type": "group", "context": {"traits": {"account_owner": "Ann", "vertical": "steel"}}}),
        ("account_updated", {"properties": {"csm": "Ann", "industry": "steel"}}),
        ("$groupidentify", {"properties": {"$group_key": "acme", "$group_set": {"owner": "Ann", "sector": "steel"}}}),
        ("report_viewed", {"properties": {"$group_set": {"owner": "Ann", "industry": "steel"}}}),
        ("identify", {"traits": {"csm_name": "Ann", "company": {"name": "x", "industry": "steel"}}}),
        ("subscription_updated", {"properties": {"accountManager": "Ann", "industry": "steel", "amount": 3}}),
    ],
)
def test_an_owner_and_an_industry_are_found_wherever_they_are_sent(name: str, body: dict[str, Any]) -> None:
    found = said(name, body)
    found.pop("name", None)
    assert found == {"owner": "Ann", "industry": "steel"}


def test_a_persons_traits_do_not_become_the_accounts() -> None:
    person = {"name": "Ann Smith", "email": "ann@acme.example", "title": "CTO", "plan": "scale", "owner": "Ann"}
    assert said("identify", {"traits": person}) == {"plan": "scale"}
    assert said("login", {"properties": {"$set": person}}, is_use=True) == {"plan": "scale"}
    assert said("login", {"$set": person}, is_use=True) == {"plan": "scale"}


def test_properties_of_use_are_about_the_use() -> None:
    assert said("report_viewed", {"properties": {"plan": "scale", "industry": "steel"}}, is_use=True) == {}


def test_a_group_of_another_account_says_nothing() -> None:
    body = {"properties": {"$group_key": "globex", "$group_set": {"industry": "steel"}}}
    assert said("report_viewed", body, is_use=True) == {}


def test_values_are_cut_and_what_is_no_plain_value_is_left_out() -> None:
    traits = {
        "name": f"  {'x' * 300} ",
        "beta": True,
        "seats": 12,
        "tags": ["a"],
        "nothing": None,
        "blank": " ",
        "y" * (NAME_MAX_CHARACTERS + 1): 1,
        "$browser": "x",
        "id": "7",
        "huge": 1e308,
    }
    found = said("group", {"traits": traits})
    assert found == {"name": "x" * VALUE_MAX_CHARACTERS, "beta": True, "seats": 12.0}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b'{"event": "x", "$set": {}}', True),
        (b'{"properties": {"$group_set": {}}}', True),
        (b'{"traits": {}}', True),
        (b'{"event": "report_viewed", "properties": {"plan": "scale"}}', False),
    ],
)
def test_most_messages_are_not_looked_into(value: bytes, says: bool) -> None:
    assert says_traits(value) is says
