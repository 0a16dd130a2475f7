"""The override: a score that a person set for an account until an instant."""

from __future__ import annotations

import msgspec

from alerts.lifecycle.scored_view import ScoredView
from scoring.instants import FAR
from scoring.result import Override
from streams.control.messages import AccountControl, EndOverride, SetOverride
from streams.control.overrides import override_of
from streams.engine.matters.matter import Effect, MatterKind

CAUSE = "override"


class OverrideMatter:
    """The override of one account. Mutable; owned by its `StoredAccount`."""

    band = (float("-inf"), float("inf"))
    """Unbounded: the score beneath never concerns an override."""
    looks_at_all = False

    def __init__(self, override: Override | None = None) -> None:
        self.override = override

    @property
    def next_due_ms(self) -> int:
        """The end of the override."""
        return FAR if self.override is None else self.override.until_ms

    def on_control(self, control: AccountControl, view: ScoredView) -> Effect:
        """Set the override, which replaces an earlier one, or end it."""
        assert isinstance(control, SetOverride | EndOverride)
        self.override = override_of(control, view.as_of_ms)
        return Effect(CAUSE, control.author if isinstance(control, EndOverride) else "")

    def on_due(self, at_ms: int, view: ScoredView) -> Effect:
        """End the override."""
        self.override = None
        return Effect(CAUSE)

    def on_score(self, view: ScoredView) -> Effect:
        """Never called: the band has no ends."""
        raise AssertionError(f"an override was called for the score {view.score}")

    def snapshot(self) -> bytes:
        """The override as MessagePack."""
        return b"" if self.override is None else msgspec.msgpack.encode(self.override)


def _restore(snapshot: bytes) -> OverrideMatter:
    return OverrideMatter(msgspec.msgpack.decode(snapshot, type=Override))


OVERRIDES = MatterKind(controls=(SetOverride, EndOverride), new=OverrideMatter, restore=_restore)
