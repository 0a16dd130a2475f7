"""Lists of event names in models: which names a list takes.

An entry is a name, or a pattern `Export*`, `*_sync` or `*sync*` for names that start with, end with or contain the
text. `!` before an entry excludes what it matches, and beats all other entries. Names are compared in the form of
`plain_name`, because one product's `feature_flag_called` is another's `Feature Flag Called`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

ANY, BUT, SET = "*", "!", "@"
_BETWEEN = re.compile(r"((?<=\d)[\s_.:/-]+(?=\d))|[\s_.:/-]+")
"""Separators between the words of a name; a group of its own between two digits."""


def plain_name(name: str) -> str:
    """A name without case, spaces, `_`, `-`, `.`, `:` and `/`; between two digits one separator is kept.

    >>> plain_name("Feature-Flag_called"), plain_name("step_1_2"), plain_name("$Set Once")
    ('featureflagcalled', 'step1_2', '$setonce')
    """
    return _BETWEEN.sub(lambda found: "_" if found[1] else "", name).casefold()


class Names:
    """The names that a list takes. Immutable.

    >>> taken = Names(["Export Job*", "!export_job_by_hand"])
    >>> "export-job finished" in taken, "exportJobByHand" in taken
    (True, False)
    """

    __slots__ = ("_begin", "_but", "_end", "_exact", "_inside")

    def __init__(self, entries: Iterable[str]) -> None:
        given = list(entries)
        but = [entry.removeprefix(BUT) for entry in given if entry.startswith(BUT)]
        plain = [plain_name(entry) for entry in given if not entry.startswith(BUT)]
        self._but: Names | None = Names(but) if but else None
        self._exact = frozenset(entry for entry in plain if ANY not in entry)
        self._inside = tuple(entry[1:-1] for entry in plain if entry[:1] == ANY == entry[-1:])
        self._begin = tuple(entry[:-1] for entry in plain if entry[-1:] == ANY != entry[:1])
        self._end = tuple(entry[1:] for entry in plain if entry[:1] == ANY != entry[-1:])

    def __contains__(self, name: str) -> bool:
        plain = plain_name(name)
        taken = (
            plain in self._exact
            or plain.startswith(self._begin)
            or plain.endswith(self._end)
            or any(part in plain for part in self._inside)
        )
        return taken and not (self._but is not None and name in self._but)


@lru_cache(maxsize=1024)
def names(entries: tuple[str, ...]) -> Names:
    """The names that a list takes, cached by list."""
    return Names(entries)


def literal(entries: Iterable[str]) -> list[str]:
    """The entries that are plain names: no `*` and no `!`."""
    return [entry for entry in entries if ANY not in entry and not entry.startswith(BUT)]


def an_example(entries: tuple[str, ...]) -> str:
    """A name that the list takes: a plain entry or, if there is none, the text beside a `*`; "" when it takes none."""
    plain = literal(entries) or [entry.strip(ANY) for entry in entries if not entry.startswith(BUT)]
    return next((name for name in plain if name in names(entries)), "")
