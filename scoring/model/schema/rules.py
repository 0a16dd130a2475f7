"""Conditions: on an event's properties (`Where`), and on an account's signals (`Condition`, `Rule`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from scoring.model.rule_checks import ModelRuleError, check_property_name

Plain = str | bool | int | float
"""A value that a condition names: a text, a truth value or a number."""


class Where(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, rename={"is_": "is"}
):
    """A condition on a property of an event that feeds a signal. All given tests must hold.

    `is` is a value, or a list of accepted values. Numbers are equal by value (3 is 3.0); a text or a truth value never
    equals a number. `at_least` and `at_most` are inclusive and hold for numbers only. `exists` True requires the
    property with any value except null; False requires it to be absent or null.
    """

    property: str
    is_: Plain | tuple[Plain, ...] | None = None
    at_least: float | None = None
    at_most: float | None = None
    exists: bool | None = None

    def values(self) -> tuple[Plain, ...]:
        """The values of `is`; empty when it is not given."""
        return () if self.is_ is None else self.is_ if isinstance(self.is_, tuple) else (self.is_,)

    def holds(self, found: Any) -> bool:
        """Whether a property with this value (None: absent or null) fulfils the condition.

        >>> Where(property="severity", is_=("high", "urgent")).holds("high")
        True
        """
        if self.exists is not None and self.exists is (found is None):
            return False
        values = self.values()
        if values and not any(_same(value, found) for value in values):
            return False
        if self.at_least is not None or self.at_most is not None:
            if isinstance(found, bool) or not isinstance(found, int | float):
                return False
            return (self.at_least is None or found >= self.at_least) and (self.at_most is None or found <= self.at_most)
        return True

    def check(self, key: str) -> None:
        """Check that it has a test, and that some value passes.

        Raises:
            ModelRuleError: when it has none, or no value passes.
        """
        check_property_name(f"{key}.property", self.property, "name the property that is looked at")
        if self.is_ == ():
            raise ModelRuleError(f"{key}.is", f"the list of values for {self.property!r} is empty; name a value")
        has_bounds = self.at_least is not None or self.at_most is not None
        if self.is_ is None and not has_bounds and self.exists is None:
            words = f"there is no test for {self.property!r}; add is, at_least, at_most or exists"
            raise ModelRuleError(key, words)
        can_hold = any(self.holds(value) for value in self.values() or (self.at_least, self.at_most))
        if (self.is_ is not None or has_bounds) and not can_hold:
            words = f"no value of {self.property!r} fulfils it, so it can never hold; change one of its tests"
            raise ModelRuleError(key, words)

    def text(self) -> str:
        """
        >>> Where(property="seats", at_least=3).text()
        'seats ≥ 3'
        """
        tests = [] if self.exists is None else ["is there" if self.exists else "is not there"]
        if values := self.values():
            texts = (str(value).lower() if isinstance(value, bool) else str(value) for value in values)
            tests.append("is " + " or ".join(texts))
        tests += _bound_texts(self.at_least, None, self.at_most, None)
        return f"{self.property} {', '.join(tests)}"


def where_text(where: Iterable[Where]) -> str:
    """« where severity is high and seats ≥ 3»; "" for no conditions."""
    texts = " and ".join(each.text() for each in where)
    return f" where {texts}" if texts else ""


def _bound_texts(at_least: float | None, above: float | None, at_most: float | None, below: float | None) -> list[str]:
    bounds = (("≥", at_least), (">", above), ("≤", at_most), ("<", below))
    return [f"{sign} {number:g}" for sign, number in bounds if number is not None]


def _same(value: Plain, found: Any) -> bool:
    return value == found and isinstance(value, bool) is isinstance(found, bool)


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"is_": "is"}):
    """A condition on a signal. All given tests must hold; an unknown signal fulfils only `known = false`.

    `at_least` and `at_most` are inclusive, `above` and `below` exclusive; `is` is a text or a list of accepted texts.
    """

    signal: str
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    is_: str | tuple[str, ...] | None = None
    known: bool | None = None

    def texts(self) -> tuple[str, ...]:
        """The texts of `is`; empty when it is not given."""
        return () if self.is_ is None else (self.is_,) if isinstance(self.is_, str) else self.is_

    def holds(self, value: float | str | None) -> bool:
        """Whether a signal with this value fulfils the condition.

        >>> Condition(signal="days", at_least=30).holds(30), Condition(signal="days", at_least=30).holds(None)
        (True, False)
        """
        if value is None:
            return self.known is False
        if self.known is False:
            return False
        texts = self.texts()
        if isinstance(value, str):
            return value in texts if texts else not self._has_bounds()
        if texts:
            return False
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def text(self) -> str:
        """
        >>> Condition(signal="age", below=90).text(), Condition(signal="plan", is_=("a", "b")).text()
        ('age < 90', 'plan is a or b')
        """
        tests = [] if self.known is None else ["is known" if self.known else "is unknown"]
        if texts := self.texts():
            tests.append("is " + " or ".join(texts))
        tests += _bound_texts(self.at_least, self.above, self.at_most, self.below)
        return f"{self.signal} {', '.join(tests)}"

    def _has_bounds(self) -> bool:
        return not (self.at_least is None and self.above is None and self.at_most is None and self.below is None)


class Rule(Condition, frozen=True, kw_only=True, rename={"is_": "is", "and_": "and"}):
    """An exception to a component: when the condition and all of `and` hold, the judgement is `judgement` (0-100)."""

    judgement: float
    and_: tuple[Condition, ...] = ()
    words: str = ""

    def conditions(self) -> tuple[Condition, ...]:
        """All conditions that must hold: itself, and those of `and`."""
        return (self, *self.and_)


def conditions_text(conditions: Iterable[Condition]) -> str:
    """The text of conditions that must all hold.

    >>> conditions_text([Condition(signal="age", below=90), Condition(signal="nps", known=True)])
    'age < 90 and nps is known'
    """
    return " and ".join(condition.text() for condition in conditions)
