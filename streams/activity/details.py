"""What an event says in a few words: a ticket's subject, the amount of a payment, an answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import UNSET

from scoring.event.bodies import table_of
from scoring.event.synonyms import plain_value
from scoring.model.property_sets import PropertySets

DETAIL_MAX_CHARACTERS = 140
TYPE_MAX_CHARACTERS = 80
_SUBJECTS = ("subject", "title", "summary", "topic", "milestone", "reason", "comment", "message", "name")
_TYPES = ("$exception_type", "exception_type", "error_type", "exc_type", "type")
_TYPED = re.compile(r"([A-Za-z_][\w.]{2,79}):")
_SHIPPED = {name: PropertySets({}).synonyms("", name) for name in ("severity", "csat", "nps", "plan", "seats")}


def detail_of(properties: Mapping[str, Any]) -> str:
    """At most 140 characters of what the properties of an event say, "" for nothing.

    >>> detail_of({"subject": "Export is slow", "priority": "high", "ticket_id": 7})
    'Export is slow · high'
    >>> detail_of({"amount": 480, "currency": "EUR"}), detail_of({"nps": 9})
    ('480 EUR', 'NPS 9')
    """
    return " · ".join(dict.fromkeys(_parts(properties)))[:DETAIL_MAX_CHARACTERS]


def _parts(properties: Mapping[str, Any]) -> Iterator[str]:
    subject = next((text for name in _SUBJECTS if (text := _text(properties.get(name)))), "")
    if subject:
        yield subject
    if severity := _text(_first(properties, "severity")):
        yield severity
    for name in ("csat", "nps"):
        if answer := _text(_first(properties, name)):
            yield f"{name.upper()} {answer}"
    if plan := _text(_first(properties, "plan")):
        yield plan
    if seats := _text(_first(properties, "seats")):
        yield f"{seats} seats"
    if (mrr := _text(properties.get("mrr"))) or not (amount := _text(properties.get("amount"))):
        if mrr:
            yield f"MRR {mrr}"
    else:
        yield f"{amount} {_text(properties.get('currency')).upper()}".strip()


def error_type(body: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[str, str]:
    """(the type of an exception, its message); the type is "error" where nothing says it.

    >>> error_type({}, {"message": "TimeoutError: no answer in 30 s"})
    ('TimeoutError', 'TimeoutError: no answer in 30 s')
    """
    listed = next((each for each in _listed(body, properties) if isinstance(each, dict)), {})
    tables: tuple[Mapping[str, Any], ...] = (properties, listed, body)
    message = next((text for table in tables for text in _messages(table) if text), "")
    named = next((text for table in tables[:2] for name in _TYPES if (text := _text(table.get(name)))), "")
    if not named:
        found = _TYPED.match(message)
        named = found[1] if found else "error"
    return named[:TYPE_MAX_CHARACTERS], message[:DETAIL_MAX_CHARACTERS]


def _messages(table: Mapping[str, Any]) -> Iterator[str]:
    return (_text(table.get(name)) for name in ("message", "$exception_message", "error", "value"))


def _listed(body: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[object]:
    for found in (properties.get("$exception_list"), table_of(body.get("exception")).get("values")):
        if isinstance(found, list):
            yield from found


def _first(properties: Mapping[str, Any], name: str) -> object:
    synonyms = _SHIPPED[name]
    for sent in synonyms.names:
        if sent in properties and (value := plain_value(properties[sent], synonyms.values)) is not UNSET:
            return value
    return None


def _text(value: object) -> str:
    """A value in words: "" for what is neither a text nor a number."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else ""
    return " ".join(value.split()) if isinstance(value, str) else ""
