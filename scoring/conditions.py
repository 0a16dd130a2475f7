"""Conditions on signals, compiled: what rules, profiles, floors and flags ask."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING

from scoring import spec
from scoring.signals import Fact, Signal

if TYPE_CHECKING:
    from scoring.account import Account


class Conditions:
    """Several conditions that must all hold."""

    __slots__ = ("_bounds", "_tests")

    def __init__(self, conditions: tuple[spec.Condition, ...], signals: Mapping[str, Signal]) -> None:
        self._tests = tuple((signals[each.signal], each) for each in conditions)
        self._bounds = tuple(_within(signals[each.signal], each) for each in conditions)

    def hold(self, account: Account) -> bool:
        """Whether all hold for an account at its instant."""
        for signal, lower, upper, condition in self._bounds:
            if condition is not None:
                if not condition.holds(signal.fact(account)):
                    return False
                continue
            number = signal.number(account)
            if number is None or not lower <= number <= upper:
                return False
        return True

    def hold_for(self, facts: Mapping[str, Fact]) -> bool:
        """Whether all hold for these facts, by signal name."""
        return all(condition.holds(facts.get(condition.signal)) for _, condition in self._tests)

    def words(self, account: Account) -> str:
        """What the signals say: «no product events in 31 days»."""
        return ", ".join(dict.fromkeys(signal.words(account) for signal, _ in self._tests))


def _within(signal: Signal, condition: spec.Condition) -> tuple[Signal, float, float, spec.Condition | None]:
    """A condition that is nothing but inclusive bounds as two numbers, for it is asked often; else the condition."""
    lower = -inf if condition.at_least is None else condition.at_least
    upper = inf if condition.at_most is None else condition.at_most
    others = (condition.above, condition.below, condition.is_, condition.known)
    is_plain = (lower, upper) != (-inf, inf) and others == (None, None, None, None)
    return signal, lower, upper, None if is_plain else condition
