"""The base of all kinds of signal: a table of the model file that checks itself and names what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Protocol, Self

import msgspec

from scoring.instants import DAY_MS
from scoring.model.rule_checks import ModelRuleError, check_known_name, check_multiple
from scoring.model.schema.header import Header
from scoring.model.schema.ranges import Nature, Range

Entries = tuple[str, ...]
"""A list of event names, as in a model file."""
Renaming = Callable[[str, str], str]
"""What to call a property, by its key inside the table and the name there."""


class SignalBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    """One kind of signal. A new kind overrides what differs from these defaults; see CONTRIBUTING."""

    LISTS: ClassVar[tuple[str, ...]] = ()
    """The keys that are lists of event names."""
    PROPERTIES: ClassVar[tuple[str, ...]] = ()
    """The keys that name a property of events."""
    COUNTS_USE: ClassVar[bool] = False
    """Whether it measures use of a product, so that events from machines do not belong in it."""
    IS_WINDOW: ClassVar[bool] = False
    """Whether a trend can compare it."""

    label: str = ""

    @property
    def kind(self) -> str:
        """The kind, as written in the file."""
        return str(self.__struct_config__.tag)

    def nature(self) -> Nature:
        """Whether it is a number, a text or an instant."""
        return "number"

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        """The values that it can have, when it is a number; `signals` are all signals of the model."""
        return Range()

    def check(self, model: SignalContext, key: str) -> None:
        """Check the keys beyond their types; `key` is that of the table.

        Raises:
            ModelRuleError: when one breaks a rule.
        """

    def operands(self) -> tuple[str, ...]:
        """The names of the signals that it is computed from."""
        return ()

    def properties(self) -> Iterable[str]:
        """The names of the properties of events that it reads."""
        return ()

    def with_properties(self, renamed: Renaming) -> Self:
        """The same signal with other names of properties; itself when none changed."""
        changed = {
            field: name
            for field in self.PROPERTIES
            if (name := renamed(field, getattr(self, field))) != getattr(self, field)
        }
        return msgspec.structs.replace(self, **changed) if changed else self

    def event_lists(self) -> dict[str, Entries]:
        """Its non-empty lists of event names, by key."""
        return {field: entries for field in self.LISTS if (entries := getattr(self, field))}

    def with_event_lists(self, lists: Mapping[str, Entries]) -> Self:
        """The same signal with other lists, by the keys of `event_lists`; itself when they are equal."""
        changed = {field: entries for field, entries in lists.items() if entries != getattr(self, field)}
        return msgspec.structs.replace(self, **changed) if changed else self

    def ends(self, topic: str, name: str) -> bool:
        """Whether an event of this topic and name closes it or sets it to 0."""
        return False

    def count_series(self) -> Iterable[object]:
        """Keys of its series of counts; equal keys share one series in a record."""
        return ()

    def amount_series(self) -> Iterable[object]:
        """Keys of its series of amounts."""
        return ()

    def source_text(self) -> str:
        """The events or signals that it is made from: «analytics but $exception»."""
        raise NotImplementedError

    def window_text(self) -> str:
        """How far back it looks: «14d, the one before»; "" when it has no window."""
        return ""


class SignalContext(Protocol):
    """The model around a signal, for its checks."""

    @property
    def header(self) -> Header:
        """The table `[model]`."""

    @property
    def resolution_ms(self) -> int:
        """The width of a bucket."""

    @property
    def signals(self) -> Mapping[str, SignalBase]:
        """All signals by name."""


def check_number(signals: Mapping[str, SignalBase], key: str, name: str) -> None:
    """Reject an unknown signal, or one that is not a number."""
    check_known_name(key, name, "signal", signals)
    if signals[name].nature() != "number":
        raise ModelRuleError(key, f"{name!r} is not a number; name a signal that is one")


def check_window(model: SignalContext, key: str, window: str) -> None:
    """Reject a window that is not a multiple of the model's resolution."""
    words = f"{window} is not a multiple of the resolution {model.header.resolution}; change one of them"
    check_multiple(key, window, model.resolution_ms, words)


def check_whole_days(key: str, text: str, what: str) -> None:
    """Reject a duration that is not a multiple of a day."""
    check_multiple(key, text, DAY_MS, f"{what} is made of daily totals; write whole days, like '30d'")
