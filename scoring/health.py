"""The result of scoring: `HealthScore`, and the judgements it is made of.

Only values live here; how they come about is in `scoring.score`, how they are said in words in `scoring.explain`.
"""

from __future__ import annotations

import msgspec


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one component adds to the score.

    `points` earned and `possible` are on the scale of the score (0-100); `points` may be negative where a model
    adds points up (`usage-trend-friction`). `judgement` is the component's own 0-100 answer, None when there is no
    evidence: then `possible` is 0 and the other components share its weight.
    """

    component: str
    label: str
    points: float
    possible: float
    judgement: float | None
    words: str


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """A component that holds the score down: `lost` points (possible minus earned, above 0), said in words."""

    component: str
    label: str
    lost: float
    words: str


class HealthScore(msgspec.Struct, frozen=True, kw_only=True):
    """One account's health: `value` 0-100 unrounded, its `tier`, and why.

    `coverage` is the share 0-1 of the model's weight that had evidence. `drivers` are the three components that
    lose the most points, worst first.
    """

    value: float
    tier: str
    coverage: float
    contributions: tuple[Contribution, ...]
    drivers: tuple[Driver, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """The whole current answer for one account: the value of a message on `scores`, and what people read.

    `score` is 0-100 unrounded, None while nothing can be judged (no evidence yet, or no cohort norm); then `tier` is
    "" and the lists are empty. `as_of` is RFC 3339 UTC, the instant of judgement, and `as_of_ms` the same in
    milliseconds. (`generation`, `version`) only ever grow for an account: the read model keeps the greatest.
    `facts` are the signals behind the score, by name.
    """

    account_id: str
    score: float | None
    tier: str
    as_of: str
    as_of_ms: int
    model: str
    model_version: int
    generation: int
    version: int
    coverage: float
    drivers: tuple[Driver, ...]
    contributions: tuple[Contribution, ...]
    facts: dict[str, float | str | None]
    mrr: float | None
    plan: str | None
