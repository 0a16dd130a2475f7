"""The result of scoring: `HealthScore`, and the judgements it is made of.

Only values live here; how they come about is in `scoring.plan.score_plan`, how they are said in words in
`scoring.explain.explanation`.
"""

from __future__ import annotations

import msgspec


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one component adds to the score.

    `points` earned and `possible` are on the scale of the score (0-100); `points` may be negative where a model
    adds points up (`usage-trend-friction`). `judgement` is the component's own 0-100 answer, None when there is no
    evidence: then `possible` is 0 and the other components share its weight. `weight` is the one under the profile that
    was taken; 0 for a component that is only looked at.
    """

    component: str
    label: str
    weight: float
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


class RedFlag(msgspec.Struct, frozen=True, kw_only=True):
    """Something that must be looked at, in words. `floor` is the score that it holds the account down to, None when it
    only warns."""

    name: str
    label: str
    words: str
    floor: float | None


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """A sign that use may be no person's, in words. All `number` events have `event` for a name, and are by `user`: ""
    when they are of several, or of none. `hour` is the one of the day, 0-23 UTC, in which all of them are."""

    name: str
    number: int
    event: str
    user: str
    hour: int | None
    words: str


class HealthScore(msgspec.Struct, frozen=True, kw_only=True):
    """One account's health: `value` 0-100 unrounded, its `tier`, and why.

    `coverage` is the share 0-1 of the model's weight that had evidence. `drivers` are the three components that
    lose the most points, worst first. `profile` is the one that was taken, "" for the model's own weights.
    """

    value: float
    tier: str
    coverage: float
    provisional: bool
    profile: str
    contributions: tuple[Contribution, ...]
    drivers: tuple[Driver, ...]
    flags: tuple[RedFlag, ...]


class Baseline(msgspec.Struct, frozen=True):
    """Where an account stands: the score 0-100 and tier that its next transition is told against, and the points that
    make the score, by component and by the parts that no component earned (`scoring.plan.score_plan`)."""

    value: float
    tier: str
    points: dict[str, float]


class LastTransition(msgspec.Struct, frozen=True, kw_only=True, rename={"from_tier": "from", "to_tier": "to"}):
    """The account's last change of tier: when (RFC 3339), tiers and scores (two decimals), and its cause in words."""

    at: str
    from_tier: str
    to_tier: str
    before: float
    after: float
    words: str


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A score that a person has set: `score` 0-100 holds until `until_ms` (milliseconds since 1970), exclusive."""

    score: float
    reason: str
    author: str
    set_ms: int
    until_ms: int


class Warming(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that a changed model has begun to keep, and that does not know all of its window yet: until when
    (RFC 3339), or "" for a latest value, which is known with the next event that has it."""

    signal: str
    until: str


class ShadowScore(msgspec.Struct, frozen=True, kw_only=True):
    """What a model that runs beside the live one says. `transitions` are the changes of tier it would have told."""

    model: str
    model_version: int
    score: float | None
    tier: str
    transitions: int


class TierForecast(msgspec.Struct, frozen=True, kw_only=True):
    """The next change of tier if nothing more arrives: its exact instant, the tier and the score then, and why."""

    at: str
    at_ms: int
    tier: str
    score: float
    words: str


class Lever(msgspec.Struct, frozen=True, kw_only=True):
    """So many more of something: `number` events called `event` on `topic`, all at the instant of judgement.

    `vary` is what differs from one to the next: "" nothing, "user", "event" (the name), or a property. Where it is "="
    and a property's name, it is one event whose property has the value `number`. With `item` they close what is open
    by that property, the weightiest first, then the oldest. `properties` are those that all of them have.
    """

    signal: str
    number: int
    topic: str
    event: str
    vary: str
    item: str
    words: str
    properties: dict[str, str | bool | int | float]


class Improvement(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest change of one signal, or of two together, that lifts the account into `tier`, the next one up."""

    levers: tuple[Lever, ...]
    tier: str
    words: str


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What comes next: worked out at `as_of_ms`, under the norm of then. `next_tier` is None when silence changes
    nothing within `horizon_days`."""

    as_of_ms: int
    horizon_days: int
    next_tier: TierForecast | None
    improvements: tuple[Improvement, ...]


class ScoreSnapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """The whole current answer for one account: the value of a message on `scores`, and what people read.

    `score` is 0-100 unrounded, None while nothing can be judged (no evidence yet, or no cohort norm); then `tier` is
    "" and the lists are empty. While an `override` holds, `score` and `tier` are its, and `beneath` is the score of the
    model, which goes on; else `beneath` is None. `as_of` is RFC 3339 UTC, the instant of judgement, and `as_of_ms` the
    same in milliseconds. (`generation`, `version`) only ever grow for an account: the read model keeps the greatest.
    `facts` are the signals behind the score, by name. `norm_as_of` is the instant of the cohort norm it is measured
    by, "" when there is none. `applied` are the offsets of the last messages of the account that are in it, by topic
    (analytics, exceptions, billing, tickets, control), -1 for none. `past_bounds` names the signals that may lack
    something because the account has more than is kept of one, and "ids" where a repeated event may have counted again.
    `signs` say that use may be no person's; no score depends on them. `last_transition` is None before the first change
    of tier, and `forecast` until it was worked out.
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
    provisional: bool = False
    profile: str = ""
    flags: tuple[RedFlag, ...] = ()
    override: Override | None = None
    beneath: float | None = None
    warming: tuple[Warming, ...] = ()
    past_bounds: tuple[str, ...] = ()
    shadows: tuple[ShadowScore, ...] = ()
    norm_as_of: str = ""
    last_transition: LastTransition | None = None
    applied: tuple[int, ...] = ()
    signs: tuple[Sign, ...] = ()
    forecast: Forecast | None = None
