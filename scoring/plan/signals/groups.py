"""Groups of a model's signals that answers ask for, found once."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from scoring.model.model import Model
from scoring.model.references import judged_signals
from scoring.plan.signals.base import Signal


class SignalGroups(msgspec.Struct, frozen=True):
    """`detailed` are the signals that may have details, `silences` the names of those that are unknown before any use
    of the product, `judged` the names of those that something judges."""

    detailed: tuple[tuple[str, Signal], ...]
    silences: tuple[str, ...]
    judged: frozenset[str]


def signal_groups(model: Model, signals: Mapping[str, Signal]) -> SignalGroups:
    """The groups of a model's signals, each in the model's order."""
    return SignalGroups(
        tuple([(name, signal) for name, signal in signals.items() if type(signal).behind is not Signal.behind]),
        tuple([name for name, signal in signals.items() if signal.is_silence and signal.counts_use]),
        frozenset(judged_signals(model)),
    )
