"""What the rules look at: one account at one instant, as the engine, a replay or a test shows it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from alerts.notification import Cause, Delta
from scoring.result import Baseline, Driver, TierForecast, TransitionCause

NEVER_PAGES = ("norm", "model", "backfill")
"""Kinds of cause that open no case: a cohort norm, another model, an import of history."""


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What a step says beside the case: see `alerts.step.AlertStep`."""

    cause: Cause | None
    deltas: tuple[Delta, ...]
    plan: str | None
    model: str
    model_version: int


class AccountView(Protocol):
    """One account, judged at `as_of_ms`. Attributes cost nothing; methods may cost a millisecond: call them for a step
    that is recorded, never for a look."""

    @property
    def account_id(self) -> str: ...

    @property
    def as_of_ms(self) -> int: ...

    @property
    def score(self) -> float | None:
        """Unrounded, after an override; None in a standing, and while nothing can be judged."""
        ...

    @property
    def tier(self) -> str:
        """The tier of the score by the model's bounds alone, "" without a score."""
        ...

    @property
    def is_provisional(self) -> bool: ...

    @property
    def standing(self) -> str: ...

    @property
    def cause_kind(self) -> str:
        """The kind of cause for which it was judged: "event", "late", "expiry", "norm", "model", "override",
        "backfill", "guard" (a fleet alarm began or ended), "rules" (the rules changed), "control"."""
        ...

    @property
    def is_settling(self) -> bool:
        """Whether it is the account's first day by the wall clock, when its past may still be arriving."""
        ...

    @property
    def held_rules(self) -> frozenset[str]:
        """The rules of the kinds "condition" and "flag" that hold now, by name, before `only`."""
        ...

    @property
    def flags(self) -> tuple[str, ...]: ...

    @property
    def mrr(self) -> float | None: ...

    @property
    def outage(self) -> str:
        """The id of the fleet alarm that is on, "" for none; at a judgement of the kind "guard" that ends one, the id
        of the one that ended."""
        ...

    @property
    def is_outage_over(self) -> bool: ...

    @property
    def before(self) -> Baseline | None:
        """The score, tier and points before this judgement; None for the first."""
        ...

    def after(self) -> Baseline | None:
        """The score, tier and points of this judgement."""
        ...

    def cause(self) -> TransitionCause | None:
        """Why the score changed between both."""
        ...

    def details(self, before: Baseline | None, cause: TransitionCause | None) -> Details:
        """What a step says whose change is from `before` to now."""
        ...

    def drivers(self) -> tuple[Driver, ...]:
        """What costs the account the most points, in words. Reads every signal: for a step that is sent."""
        ...

    def trait(self, signal: str) -> str | None:
        """The value of a text signal; None when it is unknown."""
        ...

    def forecast(self) -> TierForecast | None:
        """The next change of tier if nothing more arrives. Costs far more than anything else here."""
        ...
