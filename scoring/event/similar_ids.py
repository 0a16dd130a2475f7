"""Different ids that look alike to people, and may be one account spelled in two ways. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_MARKS = re.compile(r"[\W_]+")


def look_of(account_id: str) -> str:
    """The form that ids which look alike share: letters and digits only, without case, width and punctuation.

    Punctuation between digits is kept, as one mark, because it separates numbers.

    >>> look_of("Acme Corp."), look_of("acme-corp"), look_of("\\uff21cme_corp")
    ('acmecorp', 'acmecorp', 'acmecorp')
    >>> look_of("7-12") == look_of("71-2"), look_of("7-12") == look_of("7.12")
    (False, True)
    """
    folded = normalize("NFKC", normalize("NFKC", account_id).casefold())
    parts = (_MARKS.sub("", part) for part in _BETWEEN_DIGITS.split(folded))
    return "-".join(parts) or folded


def twins(ids: Iterable[str]) -> list[tuple[str, ...]]:
    """Groups of ids that look alike, sorted, each group sorted as well. Memory: about 200 bytes an id.

    >>> twins(["acme", "globex", "Acme", "acme", "ACME!"])
    [('ACME!', 'Acme', 'acme')]
    """
    by_look: dict[str, set[str]] = {}
    for each in ids:
        by_look.setdefault(look_of(each), set()).add(each)
    return sorted(tuple(sorted(group)) for group in by_look.values() if len(group) > 1)
