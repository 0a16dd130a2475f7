"""The standings of a model, compiled: which accounts have no score, and why."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from scoring.model import schema
from scoring.plan.conditions import Conditions
from scoring.plan.signals.base import Signal
from scoring.result import Fact
from scoring.state.account import Account


class Standing(msgspec.Struct, frozen=True):
    """One standing: while `when` holds, an account has no score."""

    name: str
    label: str
    when: Conditions


def compile_standings(standings: Mapping[str, schema.Standing], signals: Mapping[str, Signal]) -> tuple[Standing, ...]:
    """The standings of a model, in its order."""
    return tuple(Standing(name, each.label or name, Conditions(each.when, signals)) for name, each in standings.items())


def number_of(standings: tuple[Standing, ...], account: Account) -> int:
    """The first standing that an account is in, by number; -1 for none."""
    return next((number for number, each in enumerate(standings) if each.when.hold(account)), -1)


def hold_for(standings: tuple[Standing, ...], facts: Mapping[str, Fact]) -> bool:
    """Whether one holds for these facts, by signal name."""
    return any(each.when.hold_for(facts) for each in standings)
