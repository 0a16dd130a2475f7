"""Sets of event names: those that ship, those of a model's table `[events]`, and lists that refer to them by `@name`.

A list is flattened: every `@name` becomes the entries of that set. Of two entries for one name the later counts, so
that a set is extended, or relieved of a name, in one line: `machine = ["@machine", "nightly_sync", "!snapshot"]`. In a
set of its own name a set that ships is meant; everywhere else the model's own is, also within the sets that ship.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TypeVar

from scoring.model.event_names import ANY, BUT, SET, literal, names, plain_name
from scoring.model.rule_checks import ModelRuleError, suggestion
from scoring.model.schema.signals.base import SignalBase

MACHINE = "machine"
"""The set of all that is no person's use of a product."""
Entries = tuple[str, ...]
SignalT = TypeVar("SignalT", bound=SignalBase)


@cache
def shipped() -> Mapping[str, Entries]:
    """The sets that ship, as they are written."""
    text = (resources.files("scoring.model") / "presets" / "events.toml").read_text("utf-8")
    return MappingProxyType({name: tuple(entries) for name, entries in tomllib.loads(text)["events"].items()})


class EventSets:
    """The sets that a model may refer to: its own, and those that ship. Immutable."""

    def __init__(self, own: Mapping[str, Entries]) -> None:
        """Raises:
        ModelRuleError: when a set of the model's own cannot be used.
        """
        self._own = own
        self._made: dict[tuple[str, bool], dict[str, str]] = {}
        for name, entries in own.items():
            key = f"events.{name}"
            if not name or name != name.strip(f"{BUT}{SET}{ANY}") or not name.isprintable():
                raise ModelRuleError(key, f"a set cannot be called {name!r}; write a plain word, like {MACHINE!r}")
            if not entries:
                raise ModelRuleError(key, "the set is empty; name an event, or leave the set out")
            self._of(name, key, (), is_own=True)

    def names(self) -> list[str]:
        """The names of all sets: the model's own first."""
        return list(dict.fromkeys((*self._own, *shipped())))

    def entries(self, name: str) -> Entries:
        """All that a set takes, without references."""
        return tuple(self._of(name, f"events.{name}", (), is_own=name in self._own).values())

    def flat(self, key: str, entries: Entries) -> Entries:
        """A list without references; one that has none is left as it is.

        Raises:
            ModelRuleError: for a set that is not there, and for an entry that names nothing; `key` is the list's.
        """
        found = self._flat(key, entries, ())
        return tuple(found.values()) if any(entry.removeprefix(BUT).startswith(SET) for entry in entries) else entries

    def signal(self, key: str, signal: SignalT) -> SignalT:
        """A signal whose lists are without references. What it names in `events` no set takes out.

        Raises:
            ModelRuleError: as `flat`.
        """
        lists = signal.event_lists()
        if references(lists.get("exclude", ())):
            out = names(tuple(entry for entry in lists["exclude"] if not references((entry,))))
            own = [f"{BUT}{name}" for name in literal(lists.get("events", ())) if name not in out and name[:1] != SET]
            lists["exclude"] = (*lists["exclude"], *own)
        return signal.with_event_lists({field: self.flat(f"{key}.{field}", each) for field, each in lists.items()})

    def made_of(self, name: str) -> list[str]:
        """The set and all those that it refers to, each before what it refers to."""
        found: dict[str, bool] = {}
        waiting = [(name, name in self._own)]
        while waiting:
            each, is_own = waiting.pop(0)
            if each in found:
                continue
            found[each] = is_own
            entries = self._own[each] if is_own else ()
            if not is_own or f"{SET}{each}" in references(entries):
                entries = (*entries, *shipped()[each])
            inner = dict.fromkeys(reference for reference in references(entries) if reference != each)
            waiting += [(reference, reference in self._own) for reference in inner]
        return list(found)

    def _flat(self, key: str, entries: Iterable[str], path: tuple[str, ...]) -> dict[str, str]:
        """Entries by what they name."""
        found: dict[str, str] = {}
        for entry in entries:
            bare = entry.removeprefix(BUT)
            is_out = bare != entry
            if bare.startswith(SET):
                for plain, each in self._referred(key, bare.removeprefix(SET), path).items():
                    if not (is_out and each.startswith(BUT)):
                        found.pop(plain, None)
                        found[plain] = f"{BUT}{each}" if is_out else each
                continue
            check_entry(key, bare)
            found.pop(plain_name(bare), None)
            found[plain_name(bare)] = entry
        return found

    def _referred(self, key: str, name: str, path: tuple[str, ...]) -> dict[str, str]:
        is_own = name in self._own and path[-1:] != (name,)
        if not is_own and name not in shipped():
            if name in self._own:
                raise ModelRuleError(key, f"'{SET}{name}' is made of itself; take it out of the set {name!r}")
            words = f"no set of events is called {name!r}{suggestion(name, self.names())}"
            raise ModelRuleError(
                key, f"{words} There are {', '.join(self.names())}; name one of them, or add it to [events]"
            )
        if is_own and name in path:
            circle = " ▸ ".join((*path[path.index(name) :], name))
            raise ModelRuleError(key, f"a set cannot be made of itself: {circle}; take one of these references out")
        return self._of(name, key, path, is_own=is_own)

    def _of(self, name: str, key: str, path: tuple[str, ...], *, is_own: bool) -> dict[str, str]:
        """The entries of a set by what they name; worked out once, for many lists refer to one set."""
        made = self._made.get((name, is_own))
        if made is None:
            made = self._flat(key, self._own[name] if is_own else shipped()[name], (*path, name))
            self._made[name, is_own] = made
        return made


def references(entries: Iterable[str]) -> list[str]:
    """The names of the sets that entries refer to.

    >>> references(["login", "@flags", "!@surveys"])
    ['flags', 'surveys']
    """
    bare = (entry.removeprefix(BUT) for entry in entries)
    return [entry.removeprefix(SET) for entry in bare if entry.startswith(SET)]


def check_entry(key: str, entry: str) -> None:
    """Refuse an entry, without its `!`, that names nothing.

    Raises:
        ModelRuleError: when it does not.
    """
    if ANY in entry.strip(ANY) or len(entry) > len(entry.strip(ANY)) + 2 or entry.startswith(ANY * 2):
        raise ModelRuleError(key, f"{entry!r} has a * within; a * stands at the beginning or at the end, once")
    if not plain_name(entry.strip(ANY)):
        raise ModelRuleError(key, f"{entry!r} names no event; write a name, or leave it out")
