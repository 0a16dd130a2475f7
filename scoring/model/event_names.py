"""Lists of event names, as models write them: which names a list takes.

An entry is a name; `Export*`, `*_sync` or `*sync*`, which take what begins so, ends so or has it inside; and any of
these after `!`, which takes it out again and beats all of the others. Names are compared as `plain_name` makes them,
because one product's `feature_flag_called` is another's `Feature Flag Called`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

ANY, BUT, SET = "*", "!", "@"
_BETWEEN = re.compile(r"((?<=\d)[\s_.:/-]+(?=\d))|[\s_.:/-]+")
"""What stands between the words of a name; a group of its own where that is two digits."""


def plain_name(name: str) -> str:
    """A name without its case, spaces, `_`, `-`, `.`, `:` and `/`; between two digits one of these stays.

    >>> plain_name("Feature-Flag_called"), plain_name("step_1_2"), plain_name("$Set Once")
    ('featureflagcalled', 'step1_2', '$setonce')
    """
    return _BETWEEN.sub(lambda found: "_" if found[1] else "", name).casefold()


class Names:
    """Which names a list takes. Immutable.

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
    """The names that a list takes; made once for a list."""
    return Names(entries)


def literal(entries: Iterable[str]) -> list[str]:
    """The entries that are plainly names: neither `…*` nor `!…`."""
    return [entry for entry in entries if ANY not in entry and not entry.startswith(BUT)]


def an_example(entries: tuple[str, ...]) -> str:
    """Some name that a list takes: one that it has literally or, for want of one, what a `*` stands beside; "" when it
    takes none."""
    plain = literal(entries) or [entry.strip(ANY) for entry in entries if not entry.startswith(BUT)]
    return next((name for name in plain if name in names(entries)), "")
