"""One account under one model, folded for real, whose facts can be asked at any instant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scoring.fold.fold import Outcome, advance, apply
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.state.account import Account
from tests.builders import Sent, at_ms

NOON = at_ms("2026-03-01T12:00Z")
HOUR, DAY = 3_600_000, 86_400_000


class Watched:
    """One account under one model; events are judged at `as_of_ms`, which `to` moves."""

    def __init__(self, model: Model, as_of_ms: int) -> None:
        self.plan = Plan(model)
        self.account = Account(self.plan.sizes, as_of_ms)

    def see(self, *events: Sent, as_of_ms: int | None = None) -> list[Outcome]:
        """Take events in, at the account's instant unless another is given."""
        return [
            apply(
                self.plan,
                self.account,
                self.plan.decoder.decode(sent.topic, sent.value, 0, 1 << 50),
                self.account.as_of_ms if as_of_ms is None else as_of_ms,
            )
            for sent in events
        ]

    def to(self, as_of_ms: int) -> dict[str, Any]:
        """The facts at that instant."""
        advance(self.plan, self.account, as_of_ms)
        return self.facts

    @property
    def facts(self) -> dict[str, Any]:
        return dict(self.plan.facts(self.account))

    def series(self, name: str, instants: Iterable[int]) -> list[Any]:
        """One fact at each of these instants, ascending."""
        return [self.to(instant)[name] for instant in instants]
