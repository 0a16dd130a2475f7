"""Which properties of a vendor's event are published: values that a signal can read, and nothing personal. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scoring.model.event_names import plain_name
from scoring.model.property_sets import shipped

TEXT_MAX_CHARACTERS = 500
"""A longer text is somebody's writing, and no value of a signal."""
_NAME_MAX_CHARACTERS = 200
_ADDRESS = re.compile(r"[^\s@]@[^\s@]+\.[a-zA-Z]")
_KEPT = frozenset(("useremail",))
"""Some know a person by nothing but the e-mail address."""
PERSONS = frozenset(("name", "title"))
"""What is personal among the traits of a person, and not elsewhere: a group's name is that of a company."""
_PERSONAL = frozenset(
    (
        *("ip", "$ip", "token", "secret", "ssn", "gender", "birthday", "dateofbirth", "avatar", "address"),
        *("fullname", "body", "message", "text", "comment", "comments", "description", "subject"),
    )
)
_PERSONAL_ENDS = (
    *("email", "emailaddress", "phone", "phonenumber", "mobile", "firstname", "lastname", "ipaddress", "password"),
    *("postalcode", "street", "username", "creditcard", "accesstoken", "apikey", "messagebody"),
)
BILLING_TRAITS = ("plan", "seats", "mrr", "arr")
"""Synonyms that speak of money, in whatever call they stand."""


def plain_properties(*tables: Mapping[str, Any], without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The properties of these tables that are published; of one name that of the first table counts.

    Kept are numbers, truth values and texts of up to 500 characters; dropped is what is personal by its name or by
    `without`, and a text with an e-mail address in it.

    >>> plain_properties({"plan": "pro", "email": "ann@acme.io", "n": 1, "tags": ["a"]}, {"plan": "free"})
    {'plan': 'pro', 'n': 1}
    """
    found: dict[str, Any] = {}
    for table in tables:
        for name, value in table.items():
            if name in found or name in without or is_personal(name):
                continue
            if isinstance(value, int | float) or (isinstance(value, str) and _is_plain(name, value)):
                found[name] = value
    return found


def _is_plain(name: str, text: str) -> bool:
    """Whether a text may be published: it is short, and holds nobody's address."""
    has_address = "@" in text and _ADDRESS.search(text) is not None
    return 0 < len(text) <= TEXT_MAX_CHARACTERS and not (has_address and plain_name(name) not in _KEPT)


def is_personal(name: str) -> bool:
    """Whether a property's name says that it holds somebody's data.

    >>> is_personal("Invitee Email"), is_personal("invitee_role"), is_personal("user_email")
    (True, False, False)
    """
    return len(name) > _NAME_MAX_CHARACTERS or _is_personal(name)


@lru_cache(maxsize=4_096)
def _is_personal(name: str) -> bool:
    plain = plain_name(name)
    return plain in _PERSONAL or (plain.endswith(_PERSONAL_ENDS) and plain not in _KEPT)


def tells_billing(properties: Mapping[str, Any]) -> bool:
    """Whether one of the properties is a plan, a number of seats, or MRR.

    >>> tells_billing({"plan_name": "pro"}), tells_billing({"industry": "Technology"})
    (True, False)
    """
    return not _billing_names().isdisjoint(properties)


@lru_cache(maxsize=1)
def _billing_names() -> frozenset[str]:
    return frozenset(name for each in BILLING_TRAITS for name in shipped()[each].names)
