"""Ids that look alike to people and are not the same: they may be one account that is written in two ways. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_MARKS = re.compile(r"[\W_]+")


def look_of(account_id: str) -> str:
    """What two ids have in common that look alike: letters and digits alone, without case, width and punctuation.

    Between digits punctuation tells numbers apart, and stays, as one mark.

    >>> look_of("Acme Corp."), look_of("acme-corp"), look_of("\\uff21cme_corp")
    ('acmecorp', 'acmecorp', 'acmecorp')
    >>> look_of("7-12") == look_of("71-2"), look_of("7-12") == look_of("7.12")
    (False, True)
    """
    folded = normalize("NFKC", normalize("NFKC", account_id).casefold())
    parts = (_MARKS.sub("", part) for part in _BETWEEN_DIGITS.split(folded))
    return "-".join(parts) or folded


def twins(ids: Iterable[str]) -> list[tuple[str, ...]]:
    """Those of these ids that look alike, each group in order, the groups too. Memory: some 200 bytes an id.

    >>> twins(["acme", "globex", "Acme", "acme", "ACME!"])
    [('ACME!', 'Acme', 'acme')]
    """
    by_look: dict[str, set[str]] = {}
    for each in ids:
        by_look.setdefault(look_of(each), set()).add(each)
    return sorted(tuple(sorted(group)) for group in by_look.values() if len(group) > 1)
