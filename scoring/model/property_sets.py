"""Synonyms of properties: those that ship with Vitals, those of a model's `[properties]`, and references to them by
`@name` where a property is named.

An entry is a property's name, `@name` for the names of other synonyms, or `!name` to leave one out. The first entry of
a name keeps its place. Inside synonyms of the same name, `@name` is the shipped one; everywhere else it is the model's
own, also inside shipped ones.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TypeVar

import msgspec

from scoring.event.synonyms import MARK, Synonyms, text_of
from scoring.model.event_names import BUT
from scoring.model.rule_checks import ModelRuleError, check_property_name, suggestion
from scoring.model.schema.signals.base import SignalBase

SignalT = TypeVar("SignalT", bound=SignalBase)


class Renamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Synonyms as a table of a model file: `names`, and what texts stand for. A list of names is a table of these."""

    names: tuple[str, ...]
    values: dict[str, str | float] = {}


@cache
def shipped() -> Mapping[str, Renamed]:
    """The shipped synonyms, as written in the file."""
    text = (resources.files("scoring.model") / "presets" / "properties.toml").read_text("utf-8")
    found: dict[str, object] = tomllib.loads(text)["properties"]
    tables = {name: {"names": each} if isinstance(each, list) else each for name, each in found.items()}
    return MappingProxyType(msgspec.convert(tables, dict[str, Renamed]))


class PropertySets:
    """The synonyms that a model may refer to: its own, and the shipped ones. Immutable."""

    def __init__(self, own: Mapping[str, Renamed]) -> None:
        """Raises:
        ModelRuleError: when one of the model's own is wrong.
        """
        self._own = own
        for name, each in own.items():
            key = f"properties.{name}"
            if not name or name != name.strip(BUT + MARK) or not name.isprintable():
                raise ModelRuleError(key, f"synonyms cannot be called {name!r}; write a plain word, like 'csat'")
            for entry in each.names:
                check_property_name(key, entry.removeprefix(BUT).removeprefix(MARK), "an entry is empty; remove it")
            self.synonyms(key, name)

    def names(self) -> list[str]:
        """The names of all synonyms: the model's own first."""
        return list(dict.fromkeys((*self._own, *shipped())))

    def synonyms(self, key: str, name: str) -> Synonyms:
        """The synonyms called `name`, without references.

        Raises:
            ModelRuleError: when there are none; `key` is where they are named.
        """
        names, values = self._flat(key, name, ())
        if not names:
            raise ModelRuleError(key, f"'{MARK}{name}' names no property; name one, or leave it out")
        return Synonyms(names=tuple(names), values=values)

    def property(self, key: str, name: str) -> str:
        """A property's name with its reference replaced; unchanged when it is none.

        Raises:
            ModelRuleError: for unknown synonyms; `key` is the property's.
        """
        return text_of(self.synonyms(key, name.removeprefix(MARK))) if name.startswith(MARK) else name

    def signal(self, key: str, signal: SignalT) -> SignalT:
        """A signal with the references where it names properties replaced.

        Raises:
            ModelRuleError: as `property`.
        """
        return signal.with_properties(lambda field, name: self.property(f"{key}.{field}", name))

    def _flat(self, key: str, name: str, path: tuple[str, ...]) -> tuple[list[str], dict[str, str | float]]:
        found: list[str] = []
        out: set[str] = set()
        values: dict[str, str | float] = {}
        table, is_own = self._referred(key, name, path)
        for entry in table.names:
            bare = entry.removeprefix(BUT)
            names = [bare]
            if bare.startswith(MARK):
                names, inner = self._flat(key, bare.removeprefix(MARK), (*path, name if is_own else f"{MARK}{name}"))
                values |= {} if bare != entry else inner
            if bare != entry:
                out.update(names)
            else:
                found += names
        values |= {text.strip().casefold(): value for text, value in table.values.items()}
        return [each for each in dict.fromkeys(found) if each not in out], values

    def _referred(self, key: str, name: str, path: tuple[str, ...]) -> tuple[Renamed, bool]:
        """Synonyms by name, and whether they are the model's own."""
        if name in self._own and path[-1:] != (name,):
            if name in path:
                circle = " ▸ ".join((*path[path.index(name) :], name))
                raise ModelRuleError(key, f"synonyms cannot refer to themselves: {circle}; remove a reference")
            return self._own[name], True
        if name in shipped():
            return shipped()[name], False
        if name in self._own:
            raise ModelRuleError(key, f"'{MARK}{name}' refers to itself; remove it from properties.{name}")
        words = f"no synonyms are called {name!r}{suggestion(name, self.names())} There are {', '.join(self.names())}"
        raise ModelRuleError(key, f"{words}; name one of them, or add it to [properties]")
