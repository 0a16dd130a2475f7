"""Watches: conditions of somebody else than the model, such as alert rules. They change no score."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from scoring.model.schema import Condition
from scoring.plan.conditions import Conditions
from scoring.plan.evaluation import Evaluation
from scoring.plan.signals.base import Signal
from scoring.state.account import Account


class Watch(msgspec.Struct, frozen=True):
    """Conditions on signals, compiled."""

    name: str
    when: Conditions


def compiled_watches(watches: Mapping[str, tuple[Condition, ...]], signals: Mapping[str, Signal]) -> tuple[Watch, ...]:
    """The watches, in the order of their names' table."""
    return tuple([Watch(name, Conditions(when, signals)) for name, when in watches.items()])


def holding(watches: tuple[Watch, ...], account: Account) -> tuple[str, ...]:
    """The names of the watches whose conditions hold for an account at its instant."""
    return tuple([each.name for each in watches if each.when.hold(account)])


def with_watched(judged: Evaluation | None, watches: tuple[Watch, ...], account: Account) -> Evaluation | None:
    """The same evaluation, with the names of the watches that hold; itself when it has these."""
    if judged is None or not watches:
        return judged
    watched = holding(watches, account)
    return judged if watched == judged.watched else msgspec.structs.replace(judged, watched=watched)
