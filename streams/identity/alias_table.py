"""All aliases in memory, and which account they lead to. No I/O.

An alias costs about 135 bytes, measured with 1,000,000 of them, four to an account. So only where it leads to is kept,
not who said it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from streams.identity.alias import ACCOUNT, Alias, By, ForeignId
from streams.identity.alias_message import Removed

STEPS_MAX = 64
"""The most aliases that are followed from one id. A sender could make a chain of any length, and each event that begins
at its end would cost the time of all of it; what is further away is not found."""
_Target = str | ForeignId
"""An account's id, shared by all that lead to it; or an id of another kind."""


class AliasTable:
    """Aliases by their id. Mutable; one event loop owns it. Messages of different keys may come in any order.

    >>> table = AliasTable()
    >>> table.put(Alias(kind="app.user", id="ann", to=ForeignId("app.group", "g7")))
    >>> table.put(Alias(kind="app.group", id="g7", to=ForeignId(ACCOUNT, "acme")))
    >>> table.resolve([ForeignId("app.user", "bob"), ForeignId("app.user", "ann")])
    'acme'
    """

    def __init__(self) -> None:
        self.cycles = 0
        """How often a resolution met aliases that lead in a circle."""
        self._said: dict[By, dict[str, dict[bytes, _Target]]] = {"person": {}, "source": {}}
        self._kinds: dict[str, str] = {}

    def __len__(self) -> int:
        """How many aliases there are; what a person and a source say about one id are two."""
        return sum(len(ids) for kinds in self._said.values() for ids in kinds.values())

    def put(self, change: Alias | Removed) -> None:
        """Take what a message of the topic says. A later one of the same key replaces an earlier one."""
        kinds = self._said[change.by]
        if isinstance(change, Removed):
            if ids := kinds.get(change.kind):
                ids.pop(change.id.encode(), None)
            return
        kinds.setdefault(change.kind, {})[change.id.encode()] = self._target(change.to)

    def _target(self, to: ForeignId) -> _Target:
        if to.kind == ACCOUNT:
            return sys.intern(to.id)
        return ForeignId(self._kinds.setdefault(to.kind, to.kind), to.id)

    def known(self, alias: Alias) -> bool:
        """Whether the table has exactly this from the same side, person or source."""
        found = self._said[alias.by].get(alias.kind, {}).get(alias.id.encode())
        return found is not None and _as_id(found) == alias.to

    def resolve(self, candidates: Sequence[ForeignId]) -> str:
        """The account of the first candidate that leads to one; "" if none does.

        An account that was not merged is itself. Aliases that lead in a circle lead to the least account in it, from
        wherever one enters it, and to none if no account is in it.
        """
        for candidate in candidates:
            found = self.end(candidate)
            if found.kind == ACCOUNT:
                return found.id
        return ""

    def end(self, start: ForeignId) -> ForeignId:
        """The id that `start` leads to: of an account, or the first that has no alias."""
        return self.path(start)[-1]

    def path(self, start: ForeignId) -> list[ForeignId]:
        """The ids from `start` to where it leads. If one of them gets, changes or loses its alias, the end may be
        another; otherwise it is not."""
        passed, seen = [start], {start}
        at = start
        while len(passed) <= STEPS_MAX and (found := self._next(at)) is not None:
            at = _as_id(found)
            if at in seen:
                self.cycles += 1
                passed.append(_chosen(passed[passed.index(at) :]))
                break
            passed.append(at)
            seen.add(at)
        return passed

    def _next(self, at: ForeignId) -> _Target | None:
        foreign_id = at.id.encode()
        for kinds in self._said.values():  # what a person said comes first
            if (ids := kinds.get(at.kind)) and (found := ids.get(foreign_id)) is not None:
                return found
        return None


def _as_id(target: _Target) -> ForeignId:
    return ForeignId(ACCOUNT, target) if isinstance(target, str) else target


def _chosen(circle: Sequence[ForeignId]) -> ForeignId:
    """The same of a circle, from wherever it is entered."""
    return min(circle, key=lambda each: (each.kind != ACCOUNT, each.kind, each.id))
