"""The model: its formula, weights and tiers, and what others would say of the book."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentLine:
    """A component: its weight, its share of all (0-1), what it judges, and how it stands in the book.

    `mean_judgement` is 0-100 over the accounts with evidence, `with_evidence` their share (0-1), `mean_lost` the mean
    points it costs.
    """

    name: str
    label: str
    weight: float
    share: float
    judges: str
    mean_judgement: float | None
    with_evidence: float
    mean_lost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLine:
    """A tier: its lower bound and what is in it now."""

    tier: str
    bound: float
    accounts: int
    share: float
    mrr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowLine:
    """A shadow model beside the live one: shares by tier, and how many accounts it puts elsewhere."""

    model: str
    version: int
    accounts: int
    shares: dict[str, float]
    better: int
    worse: int
    mean_difference: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """The model page. `formula` is printed as it is, `histogram` counts scores in 20 steps of 5 points."""

    name: str
    version: int
    description: str
    formula: tuple[str, ...]
    components: tuple[ComponentLine, ...]
    tiers: tuple[TierLine, ...]
    histogram: tuple[int, ...]
    shadows: tuple[ShadowLine, ...]
    versions: tuple[str, ...]
    accounts: int
    as_of_ms: int
    can_what_if: bool = True
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfRequest:
    """Other weights by component and other lower bounds by tier; those that are left out stay."""

    weights: dict[str, float] = field(default_factory=dict)
    bounds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An account that the other weights put into another tier."""

    account_id: str
    account: str
    before: float
    after: float
    from_tier: str
    to_tier: str
    mrr: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfView:
    """The book under other weights. `moved` are the twenty largest by MRR; `milliseconds` is what it took."""

    accounts: int
    tiers: tuple[TierLine, ...]
    histogram: tuple[int, ...]
    better: int
    worse: int
    moved: tuple[Moved, ...]
    mean: float | None
    mean_before: float | None
    milliseconds: float
