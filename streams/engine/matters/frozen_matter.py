"""What a fleet alarm has frozen of an account: judgements that stand still until the alarm ends."""

from __future__ import annotations

import msgspec

from alerts.lifecycle.scored_view import ScoredView
from scoring.instants import FAR
from scoring.model.frozen import Frozen
from streams.control.messages import AccountControl
from streams.engine.matters.matter import Effect, MatterKind


class FrozenMatter:
    """The frozen judgements of one account. Mutable; owned by its `StoredAccount`.

    It only keeps them: a fleet alarm concerns all accounts, and its walk freezes and thaws them
    (`streams.engine.partition.outages`).
    """

    band = (float("-inf"), float("inf"))
    next_due_ms = FAR
    looks_at_all = False

    def __init__(self, frozen: Frozen) -> None:
        self.frozen = frozen

    def on_control(self, control: AccountControl, view: ScoredView) -> Effect:
        """Never called: no message of one account concerns it."""
        raise AssertionError(f"frozen judgements were called for {control}")

    def on_due(self, at_ms: int, view: ScoredView) -> Effect:
        """Never called: it has no due time."""
        raise AssertionError("frozen judgements have no due time")

    def on_score(self, view: ScoredView) -> Effect:
        """Never called: the band has no ends."""
        raise AssertionError(f"frozen judgements were called for the score {view.score}")

    def snapshot(self) -> bytes:
        """The judgements as MessagePack."""
        return msgspec.msgpack.encode(self.frozen) if self.frozen else b""


def _new() -> FrozenMatter:
    return FrozenMatter(Frozen({}))


def _restore(snapshot: bytes) -> FrozenMatter:
    return FrozenMatter(msgspec.msgpack.decode(snapshot, type=Frozen))


FROZEN_JUDGEMENTS = MatterKind(controls=(), new=_new, restore=_restore)
