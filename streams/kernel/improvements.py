"""What would lift an account a tier, searched natively: equal to `improvements_of` of `scoring.explain.forecast`."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.explain.counterfactuals import AdjustmentKind
from scoring.result import Improvement
from streams.kernel.kernel import Kernel
from streams.kernel.tried_events import Events


def improvements_of(kernel: Kernel, number: int, kinds: Sequence[AdjustmentKind]) -> tuple[Improvement, ...]:
    """The smallest of these adjustments that lift an account one tier, at its instant: single ones, then one pair.

    May be empty. Costs a fork of the account for most of the combinations that are tried.
    """
    primary = kernel.plan.primary
    at_ms = kernel.native.as_of_ms(number)
    found = kernel.native.improvements(number, tuple([_native(kernel, kind, at_ms) for kind in kinds]))
    return tuple(
        [
            Improvement(
                adjustments=tuple([kinds[which].adjustment_of(times) for times, which in applied]),
                tier=primary.tier_names[tier],
            )
            for tier, applied in found
        ]
    )


def _native(kernel: Kernel, kind: AdjustmentKind, at_ms: int) -> tuple[int, int, int, bool, bool, Events]:
    """(least, most, open items or -1, whether a value, whether no two events are alike, events)."""
    is_value = kind.is_value
    is_varied = not is_value and kind.template.vary != "" and kind.closes < 0
    return (kind.least, kind.most, kind.closes, is_value, is_varied, kernel.tried.events(kind, at_ms))
