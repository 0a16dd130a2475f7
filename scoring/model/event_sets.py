"""Sets of event names: those that ship with Vitals, those of a model's `[events]`, and references to them by `@name`.

A list is flattened: each `@name` is replaced by the entries of that set. Of two entries for one name the later wins,
so a set is extended, or a name removed from it, in one line: `machine = ["@machine", "nightly_sync", "!snapshot"]`.
Inside a set of the same name, `@name` is the shipped set; everywhere else it is the model's own, also inside shipped
sets.
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
"""The set of everything that is not a person's use of a product."""
Entries = tuple[str, ...]
SignalT = TypeVar("SignalT", bound=SignalBase)


@cache
def shipped() -> Mapping[str, Entries]:
    """The shipped sets, as written in the file."""
    text = (resources.files("scoring.model") / "presets" / "events.toml").read_text("utf-8")
    return MappingProxyType({name: tuple(entries) for name, entries in tomllib.loads(text)["events"].items()})


class EventSets:
    """The sets that a model may refer to: its own, and the shipped ones. Immutable."""

    def __init__(self, own: Mapping[str, Entries]) -> None:
        """Raises:
        ModelRuleError: when one of the model's own sets is wrong.
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
        """The entries of a set, without references."""
        return tuple(self._of(name, f"events.{name}", (), is_own=name in self._own).values())

    def flat(self, key: str, entries: Entries) -> Entries:
        """A list with its references replaced; unchanged when it has none.

        Raises:
            ModelRuleError: for an unknown set, and for an entry that names nothing; `key` is the list's.
        """
        found = self._flat(key, entries, ())
        return tuple(found.values()) if any(entry.removeprefix(BUT).startswith(SET) for entry in entries) else entries

    def signal(self, key: str, signal: SignalT) -> SignalT:
        """A signal with the references in its lists replaced. No set excludes what the signal names in `events`.

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
        """The set and all sets that it refers to, each before those that it refers to itself."""
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
        """Entries by the name that they match."""
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
                raise ModelRuleError(key, f"'{SET}{name}' refers to itself; remove it from the set {name!r}")
            words = f"no set of events is called {name!r}{suggestion(name, self.names())}"
            raise ModelRuleError(
                key, f"{words} There are {', '.join(self.names())}; name one of them, or add it to [events]"
            )
        if is_own and name in path:
            circle = " ▸ ".join((*path[path.index(name) :], name))
            raise ModelRuleError(key, f"a set cannot refer to itself: {circle}; remove one of these references")
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
    """Reject an entry (given without `!`) that names nothing.

    Raises:
        ModelRuleError: when it is empty, or has a `*` in the wrong place.
    """
    if ANY in entry.strip(ANY) or len(entry) > len(entry.strip(ANY)) + 2 or entry.startswith(ANY * 2):
        raise ModelRuleError(key, f"{entry!r} has a * inside; use a * only at the beginning or at the end")
    if not plain_name(entry.strip(ANY)):
        raise ModelRuleError(key, f"{entry!r} names no event; write a name, or leave it out")
