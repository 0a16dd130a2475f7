"""A score in words: what `scoring.explain` makes of a snapshot and its model. Only values."""

from __future__ import annotations

import msgspec


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """A component's score with its label and text. `weight` is that of the applied profile, 0 for a component that is
    only shown. The numbers are those of `ComponentScore`. The last is the neutral start, where a model has one."""

    component: str
    label: str
    weight: float
    points: float
    possible: float
    judgement: float | None
    words: str
    evidence: float = 1.0


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """A component that lowers the score, with its text: `lost` points are possible minus earned, above 0."""

    component: str
    label: str
    lost: float
    words: str


class RedFlag(msgspec.Struct, frozen=True, kw_only=True):
    """A red flag, with its text. `floor` is the score that it limits the account to, None when it only warns."""

    name: str
    label: str
    words: str
    floor: float | None


class OutcomeChance(msgspec.Struct, frozen=True, kw_only=True):
    """The probability (0-1) of an outcome such as "renewal" within some days, with the bounds of its 95 % interval."""

    outcome: str
    within_days: float
    probability: float
    low: float
    high: float
    words: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot in words. `drivers` are the three components that lose the most points, worst first.

    `last_transition` says why the tier last changed, `next_tier` why it will change; both are "" when it does not, or
    the model behind it is unknown. `improvements` are in the order of the forecast. `unscored` says why there is no
    score, "" when there is one. `chances` are the probabilities of outcomes, if the model is calibrated.
    """

    contributions: tuple[Contribution, ...] = ()
    drivers: tuple[Driver, ...] = ()
    flags: tuple[RedFlag, ...] = ()
    signs: tuple[str, ...] = ()
    last_transition: str = ""
    next_tier: str = ""
    improvements: tuple[str, ...] = ()
    unscored: str = ""
    chances: tuple[OutcomeChance, ...] = ()
