"""What would lift an account a tier, searched natively: equal to `improvements_of` of `scoring.explain.forecast`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scoring.explain.counterfactuals import AdjustmentKind, event_of
from scoring.plan.signals.counting import VALUES_MAX
from scoring.result import Adjustment, Improvement
from streams.kernel.effects import packed_event
from streams.kernel.kernel import Kernel

Events = tuple[bytes, ...] | Callable[[int], bytes]
"""Packed events by place: of a value that is tried, on demand."""


class ImprovementSearch:
    """Searches in the accounts of one kernel. Keeps the events that it tries, which are the same for all accounts."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._events: dict[str, tuple[bytes, ...]] = {}

    def improvements(self, number: int, kinds: Sequence[AdjustmentKind]) -> tuple[Improvement, ...]:
        """The smallest of these adjustments that lift an account one tier, at its instant: single ones, then one pair.

        May be empty. Costs a fork of the account for most of the combinations that are tried.
        """
        primary = self._kernel.plan.primary
        found = self._kernel.native.improvements(number, tuple([self._native(kind) for kind in kinds]))
        return tuple(
            [
                Improvement(
                    adjustments=tuple([kinds[which].adjustment_of(times) for times, which in applied]),
                    tier=primary.tier_names[tier],
                )
                for tier, applied in found
            ]
        )

    def _native(self, kind: AdjustmentKind) -> tuple[int, int, int, bool, bool, Events]:
        """(least, most, open items or -1, whether a value, whether no two events are alike, events)."""
        is_varied = not kind.is_value and kind.template.vary != "" and kind.closes < 0
        return (kind.least, kind.most, kind.closes, kind.is_value, is_varied, self._events_of(kind, is_varied))

    def _events_of(self, kind: AdjustmentKind, is_varied: bool) -> Events:
        template = kind.template
        if kind.closes >= 0:
            return ()
        if kind.is_value:
            return lambda place: self._packed(template, place + kind.least - 1)
        key = f"{template.topic} {template.event} {template.vary} {sorted(template.properties.items())!r}"
        if key not in self._events:
            length = min(VALUES_MAX, kind.most) if is_varied else 1
            self._events[key] = tuple([self._packed(template, index) for index in range(length)])
        return self._events[key]

    def _packed(self, template: Adjustment, index: int) -> bytes:
        """An event, whose instant the kernel sets."""
        plan = self._kernel.plan
        return packed_event(plan, event_of(plan, template, 0, index))
