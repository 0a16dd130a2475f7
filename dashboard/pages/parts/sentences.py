"""A page's sentence, in its two weights. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lead:
    """What stands first, and what follows it."""

    first: str
    rest: str


def lead_of(words: str) -> Lead:
    """The first sentence, and the others.

    >>> lead_of("It fell 1.2. Two more are red."), lead_of("")
    (Lead(first='It fell 1.2.', rest='Two more are red.'), Lead(first='', rest=''))
    """
    first, end, rest = words.partition(". ")
    return Lead(f"{first}." if end else first, rest)
