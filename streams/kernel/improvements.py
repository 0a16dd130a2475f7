"""What would lift an account a tier, searched natively: equal to `improvements_of` of `scoring.explain.forecast`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scoring.explain.counterfactuals import AdjustmentKind, event_of
from scoring.plan.plan import Plan
from scoring.plan.signals.counting import VALUES_MAX
from scoring.result import Adjustment, Improvement
from streams.kernel.effects import packed_event
from streams.kernel.kernel import Kernel

Events = tuple[bytes, ...] | Callable[[int], bytes]
"""Packed events by place: of a value that is tried, on demand."""


def improvements_of(kernel: Kernel, number: int, kinds: Sequence[AdjustmentKind]) -> tuple[Improvement, ...]:
    """The smallest of these adjustments that lift an account one tier, at its instant: single ones, then one pair.

    May be empty. Costs a fork of the account for most of the combinations that are tried.
    """
    primary = kernel.plan.primary
    found = kernel.native.improvements(number, tuple([_native(kernel, kind) for kind in kinds]))
    return tuple(
        [
            Improvement(
                adjustments=tuple([kinds[which].adjustment_of(times) for times, which in applied]),
                tier=primary.tier_names[tier],
            )
            for tier, applied in found
        ]
    )


def _native(kernel: Kernel, kind: AdjustmentKind) -> tuple[int, int, int, bool, bool, Events]:
    """(least, most, open items or -1, whether a value, whether no two events are alike, events)."""
    is_varied = not kind.is_value and kind.template.vary != "" and kind.closes < 0
    return (kind.least, kind.most, kind.closes, kind.is_value, is_varied, _events_of(kernel, kind, is_varied))


def _events_of(kernel: Kernel, kind: AdjustmentKind, is_varied: bool) -> Events:
    plan, template = kernel.plan, kind.template
    if kind.closes >= 0:
        return ()
    if kind.is_value:
        return lambda place: _packed(plan, template, place + kind.least - 1)
    key = f"{template.topic} {template.event} {template.vary} {sorted(template.properties.items())!r}"
    if key not in kernel.tried:
        length = min(VALUES_MAX, kind.most) if is_varied else 1
        kernel.tried[key] = tuple([_packed(plan, template, index) for index in range(length)])
    return kernel.tried[key]


def _packed(plan: Plan, template: Adjustment, index: int) -> bytes:
    """An event, whose instant the kernel sets."""
    return packed_event(plan, event_of(plan, template, 0, index))
