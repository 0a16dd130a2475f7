"""Conditions on signals, compiled: what rules, profiles, floors and flags ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scoring import spec
from scoring.signals import Fact, Signal

if TYPE_CHECKING:
    from scoring.account import Account


class Conditions:
    """Several conditions that must all hold."""

    __slots__ = ("_tests",)

    def __init__(self, conditions: tuple[spec.Condition, ...], signals: Mapping[str, Signal]) -> None:
        self._tests = tuple((signals[each.signal], each) for each in conditions)

    def hold(self, account: Account) -> bool:
        """Whether all hold for an account at its instant."""
        for signal, condition in self._tests:  # noqa: SIM110  # it is asked often, and a generator costs twice as much
            if not condition.holds(signal.fact(account)):
                return False
        return True

    def hold_for(self, facts: Mapping[str, Fact]) -> bool:
        """Whether all hold for these facts, by signal name."""
        return all(condition.holds(facts.get(condition.signal)) for _, condition in self._tests)

    def words(self, account: Account) -> str:
        """What the signals say: «no product events in 31 days»."""
        return ", ".join(dict.fromkeys(signal.words(account) for signal, _ in self._tests))
