"""Synonyms: one property that sources call by several names. Pure.

Where a model names a property, it may name synonyms instead: a text that begins with `@` and holds their whole meaning,
as `text_of` makes it. So synonyms go wherever a property's name goes, and equal texts mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET

MARK = "@"
"""Before the name of synonyms in a model file, and before their meaning in a model."""


class Synonyms(msgspec.Struct, frozen=True, kw_only=True):
    """The names of a property, the first that is sent counts; and what texts stand for, by the text in lower case. One
    that stands for "" is as if it was not sent."""

    names: tuple[str, ...]
    values: dict[str, str | float] = {}


_DECODER = msgspec.json.Decoder(Synonyms)


def text_of(synonyms: Synonyms) -> str:
    """The synonyms as the name of a property; equal for equal ones."""
    values = {
        text: value if isinstance(value, str) else float(value) for text, value in sorted(synonyms.values.items())
    }
    return MARK + msgspec.json.encode(msgspec.structs.replace(synonyms, values=values)).decode()


def synonyms_text(synonyms: Synonyms) -> str:
    """
    >>> synonyms_text(Synonyms(names=("csat", "stars"), values={"good": 5.0, "offered": ""}))
    'the first of csat, stars; good is 5; offered is nothing'
    """
    values = [
        f"{text} is {value or 'nothing' if isinstance(value, str) else f'{value:g}'}"
        for text, value in synonyms.values.items()
        if value != text
    ]
    return "; ".join([f"the first of {', '.join(synonyms.names)}", *values])


@lru_cache(maxsize=10_000)
def synonyms_of(name: str) -> Synonyms | None:
    """The synonyms that a property's name holds; None when it is a plain name.

    >>> synonyms_of("csat") is None, synonyms_of('@{"names":["csat","stars"]}').names
    (True, ('csat', 'stars'))
    """
    return _DECODER.decode(name[1:]) if name.startswith(f"{MARK}{{") else None


def names_of(name: str) -> tuple[str, ...]:
    """The names under which the property may be sent.

    >>> names_of("csat"), names_of('@{"names":["csat","stars"]}')
    (('csat',), ('csat', 'stars'))
    """
    synonyms = synonyms_of(name)
    return (name,) if synonyms is None else synonyms.names


def plain_value(found: Any, values: Mapping[str, str | float]) -> object:
    """What a value that was sent stands for; UNSET for nothing: null, a blank text, or a text that stands for "".

    >>> plain_value("Good ", {"good": 5}), plain_value(4, {"good": 5}), plain_value(" ", {}) is UNSET
    (5, 4, True)
    """
    if isinstance(found, str):
        plain = found.strip().casefold()
        found = values.get(plain, found) if plain else ""
    return UNSET if found is None or found == "" else found


def first_reader(
    readers: Sequence[Callable[[Any], object]], values: Mapping[str, str | float]
) -> Callable[[Any], object]:
    """A reader of the first of several properties that has a value; UNSET when none has."""

    def read(properties: Any) -> object:
        for reader in readers:
            found = reader(properties)
            if found is not UNSET and (found := plain_value(found, values)) is not UNSET:
                return found
        return UNSET

    return read
