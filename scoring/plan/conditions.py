"""Compiled conditions on signals, for rules, profiles, floors and flags."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from scoring.model import schema
from scoring.plan.facts import Facts
from scoring.plan.signals.base import Signal
from scoring.result import Fact
from scoring.state.account import Account


class Conditions:
    """Conditions that must all hold."""

    __slots__ = ("_bounds", "tests")

    def __init__(self, conditions: tuple[schema.Condition, ...], signals: Mapping[str, Signal]) -> None:
        self.tests = tuple((signals[each.signal], each) for each in conditions)
        self._bounds = tuple((_bounds_of(each), signals[each.signal], each) for each in conditions)

    def hold(self, account: Account) -> bool:
        """Whether all hold for an account at its instant."""
        for bounds, signal, condition in self._bounds:
            if bounds is None:
                if not condition.holds(signal.fact(account)):
                    return False
                continue
            number = signal.number(account)
            if number is None or not bounds.hold(number):
                return False
        return True

    def hold_for(self, facts: Mapping[str, Fact]) -> bool:
        """Whether all hold for these facts, by signal name."""
        return all(condition.holds(facts.get(condition.signal)) for _, condition in self.tests)

    def text(self, facts: Facts) -> str:
        """The signals in words: «no product events in 31 days»."""
        return ", ".join(dict.fromkeys(signal.text(facts) for signal, _ in self.tests))


class _Bounds:
    """Numeric bounds, each inclusive or exclusive. A fast path, because they are tested with every event."""

    __slots__ = ("_is_above", "_is_below", "_lower", "_upper")

    def __init__(self, condition: schema.Condition) -> None:
        self._is_above = condition.above is not None
        self._is_below = condition.below is not None
        self._lower = _greatest(condition.at_least, condition.above)
        self._upper = -_greatest(_minus(condition.at_most), _minus(condition.below))

    def hold(self, number: float) -> bool:
        if number < self._lower or number > self._upper:
            return False
        return not (self._is_above and number == self._lower) and not (self._is_below and number == self._upper)


def _bounds_of(condition: schema.Condition) -> _Bounds | None:
    """The numeric bounds of a condition; None when it has other tests, or two lower or two upper bounds."""
    is_plain = condition.is_ is None and condition.known is None
    twice = (condition.at_least is not None and condition.above is not None) or (
        condition.at_most is not None and condition.below is not None
    )
    lowest, highest = (condition.at_least, condition.above), (condition.at_most, condition.below)
    has_any = any(bound is not None for bound in (*lowest, *highest))
    return _Bounds(condition) if is_plain and has_any and not twice else None


def _greatest(one: float | None, other: float | None) -> float:
    return max(-inf if one is None else one, -inf if other is None else other)


def _minus(bound: float | None) -> float | None:
    return None if bound is None else -bound
