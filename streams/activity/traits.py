"""What an event says the account is: its owner, segment, name, … Pure.

Two sorts of places say it. A group's traits are the account's, so all of them are taken. A person's traits, and the
properties of billing events and notes, are about somebody or something else as well: only names that can mean nothing
but the account are taken, so that a person's name or address never becomes the account's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scoring.event.bodies import table_of
from scoring.event.ids import id_of
from scoring.model.event_names import Names, plain_name
from scoring.model.property_sets import PropertySets
from streams.activity.names import GROUP_CALLS

VALUE_MAX_CHARACTERS = 200
NAME_MAX_CHARACTERS = 60
TraitValue = str | float | bool
_SYNONYMS = ("owner", "segment", "plan", "seats", "renewal_date", "arr")
_OF_ANYBODY = {
    "industry": ("industry", "vertical", "company_industry", "account_industry"),
    "name": ("company_name", "account_name", "organization_name", "organisation_name", "company"),
    "website": ("company_domain", "company_website", "company_url"),
    "employees": ("employees", "employee_count", "number_of_employees", "num_employees", "headcount", "company_size"),
    "region": ("account_region", "company_region"),
}
_OF_GROUPS = {
    "owner": ("owner",),
    "name": ("name", "display_name"),
    "website": ("website", "url", "domain"),
    "industry": ("sector",),
    "employees": ("size",),
    "region": ("region",),
}
_NO_TRAITS = frozenset(
    ("id", "accountid", "groupid", "grouptype", "email", "phone", "userid", "traits", "source", "feature", "eventid")
)
"""Names, plain, that say which account it is or whom to reach, or nothing of it."""
_GROUP_CALLS = Names(GROUP_CALLS)


def _known(*tables: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The name under which each known trait is kept, by the plain form of the name that was sent."""
    shipped = PropertySets({})
    names = {name: shipped.synonyms("", name).names for name in _SYNONYMS}
    return {plain_name(each): name for table in (names, *tables) for name, sent in table.items() for each in sent}


KNOWN_OF_ANYBODY = _known(_OF_ANYBODY)
KNOWN_OF_GROUPS = _known(_OF_ANYBODY, _OF_GROUPS)
KNOWN = frozenset(KNOWN_OF_GROUPS.values())
"""The names of traits that are never dropped for others."""


def says_traits(value: bytes) -> bool:
    """A quick check whether a message may carry traits, whatever its event's name: most do not."""
    return b'"traits"' in value or b'set"' in value


def traits_of(
    name: str, account_id: str, body: Mapping[str, Any], *, is_use: bool = False
) -> Iterator[tuple[str, TraitValue]]:
    """The traits that an event says, by the names under which they are kept; of one that comes twice the last is
    meant. The properties of an event that is use of the product are about the use.

    >>> dict(traits_of("group", "acme", {"type": "group", "traits": {"accountOwner": "Ann", "beta": True}}))
    {'owner': 'Ann', 'beta': True}
    """
    properties = table_of(body.get("properties"))
    context = body.get("context")
    in_context = context.get("traits") if isinstance(context, dict) else None
    traits = [table_of(body.get("traits")), table_of(properties.get("traits"))]
    if name in _GROUP_CALLS:
        if not any(traits):
            yield from _all(table_of(in_context))
        yield from _all(properties)
        for table in traits:
            yield from _all(table)
    else:
        persons = (in_context, *traits, body.get("$set"), properties.get("$set"))
        for table in (table_of(each) for each in persons):
            yield from _of_anybody(table)
            yield from _all_known(table_of(table.get("company")))
        if not is_use:
            yield from _of_anybody(properties)
    key = properties.get("$group_key")
    if key is None or id_of(key) == account_id:
        yield from _all(table_of(properties.get("$group_set")))


def _all(table: Mapping[str, Any]) -> Iterator[tuple[str, TraitValue]]:
    """Everything that a group's table says."""
    for name, value in table.items():
        plain = plain_name(name)
        kept = KNOWN_OF_GROUPS.get(plain, name)
        if plain in _NO_TRAITS or name.startswith("$") or len(kept) > NAME_MAX_CHARACTERS or not kept.strip():
            continue
        if (usable := _usable(value)) is not None:
            yield kept, usable


def _all_known(table: Mapping[str, Any]) -> Iterator[tuple[str, TraitValue]]:
    """What a company's table says, of the names that are known."""
    return ((name, value) for name, value in _all(table) if name in KNOWN)


def _of_anybody(table: Mapping[str, Any]) -> Iterator[tuple[str, TraitValue]]:
    """What a table about somebody or something else says of the account."""
    for name, value in table.items():
        kept = KNOWN_OF_ANYBODY.get(plain_name(name))
        if kept is not None and (usable := _usable(value)) is not None:
            yield kept, usable


def _usable(value: object) -> TraitValue | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e300 else None
    if isinstance(value, str) and (text := value.strip()):
        return text[:VALUE_MAX_CHARACTERS]
    return None
