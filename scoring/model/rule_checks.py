"""The error of the checks, and the small checks that they share."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from scoring.event.synonyms import names_of
from scoring.instants import parse_duration

WEIGHT_MAX = 1_000.0
_UNREADABLE = re.compile(r'[\\"\x00-\x1f]')
"""Characters that JSON escapes: the decoder cannot read a property with one of them in its name."""
T = TypeVar("T")


class ModelRuleError(ValueError):
    """A rule that a model breaks: the key, and a text that ends in the fix."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(f"{key}: {words}")
        self.key = key
        self.words = words


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of an error about an unknown name: the known name most like it, if any.

    >>> suggestion("windw", ["window", "topics"]), suggestion("x", ["window"])
    ("; did you mean 'window'?", '.')
    """
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else "."


def check_known_name(key: str, name: str, what: str, names: Iterable[str]) -> None:
    """Reject a name that is not among the model's `names` of a kind."""
    if name not in (all_names := list(names)):
        words = f"no {what} is called {name!r}{suggestion(name, all_names)}"
        raise ModelRuleError(key, f"{words} The model has {', '.join(all_names)}; name one of them, or add it")


def numbered(key: str, items: Sequence[T]) -> Iterator[tuple[str, T]]:
    """Each item with its key, indexed from 0 when there are several."""
    for number, item in enumerate(items):
        yield (key if len(items) == 1 else f"{key}[{number}]"), item


def check_duration(key: str, text: str) -> int:
    """The duration in milliseconds. Raises `ModelRuleError` when it is not one."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ModelRuleError(key, str(error)) from None


def check_multiple(key: str, text: str, unit_ms: int, words: str) -> None:
    """Reject a duration that is not a multiple of `unit_ms`, with this text."""
    if check_duration(key, text) % unit_ms:
        raise ModelRuleError(key, words)


def check_within(key: str, number: float, lower: float, upper: float, what: str = "it") -> None:
    """Reject a number outside [lower, upper]."""
    if not lower <= number <= upper:
        raise ModelRuleError(key, f"{what} must be from {lower:g} to {upper:g}, and {number:g} is not; change it")


def check_judgement(key: str, number: float) -> None:
    """Reject a judgement outside 0-100."""
    check_within(key, number, 0, 100, "a judgement")


def check_weights(key: str, given: Mapping[str, float], what: str) -> None:
    """Reject weights outside 0-1000, no weights, and weights that are all 0."""
    for name, weight in given.items():
        check_weight(f"{key}.{name}", weight)
    if not any(given.values()):
        raise ModelRuleError(key, f"every weight is 0, so nothing counts; give at least one {what} a weight above 0")


def check_weight(key: str, weight: float) -> None:
    """Reject a weight outside 0-1000."""
    if not 0 <= weight <= WEIGHT_MAX:
        raise ModelRuleError(key, f"{weight:g} must be from 0 to 1000; change it")


def check_not_empty(key: str, given: object, words: str) -> None:
    """Reject an empty text, list or table."""
    if not given:
        raise ModelRuleError(key, words)


def check_property_name(key: str, name: str, words: str) -> None:
    """Reject a property name that cannot be read; `words` is the text for an empty one."""
    check_not_empty(key, name, words)
    for each in names_of(name):
        if _UNREADABLE.search(each):
            words = "a quote, a backslash or a control character in a property's name cannot be read"
            raise ModelRuleError(key, f"{each!r}: {words}; rename it")
