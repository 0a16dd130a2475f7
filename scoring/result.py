"""What scoring makes: a score as numbers and names (`ScoreSnapshot`), and the texts that explain it (`Explanation`).

Only values live here. `scoring.explain.snapshot` makes snapshots of accounts, `scoring.explain.explanation` makes texts
of a snapshot and its model.
"""

from __future__ import annotations

import msgspec

Fact = int | float | str | None
"""What a signal can be: a number, a text, an instant as text, or None when it is unknown."""
Detail = dict[str, int | float | list[str]]
"""What a signal's text says beside its fact, by name."""


# --- numbers and names


class ComponentScore(msgspec.Struct, frozen=True):
    """What one component adds to the score.

    `points` earned and `possible` are on the scale of the score (0-100); `points` may be negative where a model
    adds points up (`usage-trend-friction`). `judgement` is the component's own, 0-100, None when there is no
    evidence: then `possible` is 0 and the other components share its weight.
    """

    judgement: float | None
    points: float
    possible: float


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """A sign that use may be no person's. All `number` events have `event` for a name, and are by `user`: "" when they
    are of several, or of none. `hour` is the one of the day, 0-23 UTC, in which all of them are."""

    name: str
    number: int
    event: str
    user: str
    hour: int | None


class Baseline(msgspec.Struct, frozen=True):
    """Where an account stands: the score 0-100 and tier that its next transition is measured from, and the points that
    make the score, by component and by the parts that no component earned (`scoring.plan.score_plan`)."""

    value: float
    tier: str
    points: dict[str, float]


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A score that a person has set: `score` 0-100 holds until `until_ms` (milliseconds since 1970), exclusive."""

    score: float
    reason: str
    author: str
    set_ms: int
    until_ms: int


class Expired(msgspec.Struct, frozen=True):
    """Events that left a signal's window: (day since 1970, number) of the two latest days, and how many are older."""

    signal: str
    days: tuple[tuple[int, int], ...]
    older: int = 0


class TransitionCause(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why the score changed; what is empty is left out on the wire.

    `kind` is that of `alerts.notification.Cause`; topic, partition, offset, event and event_id name the event. `part`
    is the component that changed the score most, or one of the parts that no component earned. What it was judged by
    at that instant: facts and details of signals, the cohort norm, the judgements of a blend's parts, the account's
    age in milliseconds. `flags` are the floors that held, `expired` what left its windows. For an override: the one
    that is in force, or the one that `ended` and its `author`, "" when its time was over.
    """

    kind: str
    topic: str = ""
    partition: int = -1
    offset: int = -1
    event: str = ""
    event_id: str = ""
    part: str = ""
    facts: dict[str, Fact] = {}
    details: dict[str, Detail] = {}
    norm: dict[str, float] = {}
    judgements: dict[str, float | None] = {}
    age_ms: int = 0
    flags: tuple[str, ...] = ()
    expired: tuple[Expired, ...] = ()
    override: Override | None = None
    ended: Override | None = None
    author: str = ""


class LastTransition(msgspec.Struct, frozen=True, kw_only=True, rename={"from_tier": "from", "to_tier": "to"}):
    """The account's last change of tier: when (RFC 3339), tiers and scores (two decimals), by which model, and why."""

    at: str
    from_tier: str
    to_tier: str
    before: float
    after: float
    model: str
    model_version: int
    cause: TransitionCause


class Warming(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that a changed model has begun to keep, and that does not know all of its window yet: until when
    (RFC 3339), or "" for a latest value, which is known with the next event that has it."""

    signal: str
    until: str


class ShadowScore(msgspec.Struct, frozen=True, kw_only=True):
    """What a model that runs beside the live one says. `transitions` are the changes of tier that it has made."""

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
    cause: TransitionCause


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """`number` more events called `event` on `topic`, all at the instant of judgement.

    `vary` is what must differ between them: "" nothing, "user", "event" (the name), or a property. "=" and a property's
    name mean one event whose property has the value `number`. With `item`, the events close open items by that
    property: the weightiest first, then the oldest. `properties` are those that all of them have. `label` is the text
    for people, `pace` how many the account does a day (0 when unknown), and `is_single` is True when it can be done
    only once.
    """

    signal: str
    number: int
    topic: str
    event: str
    vary: str
    item: str
    properties: dict[str, str | bool | int | float]
    label: str = ""
    pace: float = 0.0
    is_single: bool = False


class Improvement(msgspec.Struct, frozen=True, kw_only=True, rename={"adjustments": "levers"}):
    """The smallest change of one signal, or of two together, that lifts the account into `tier`, the next one up."""

    adjustments: tuple[Adjustment, ...]
    tier: str


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What comes next, under the norm of when it was computed. `next_tier` is None when silence changes nothing within
    `horizon_days`."""

    horizon_days: int
    next_tier: TierForecast | None
    improvements: tuple[Improvement, ...]


class ScoreContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a score says to people and programs; a score is sent when this has changed.

    `score` is 0-100 unrounded, None while nothing can be judged (no evidence yet, or no cohort norm); then `tier` is
    "" and there are no `components`. While an `override` holds, `score` and `tier` are its, and `beneath` is the score
    of the model, which goes on; else `beneath` is None. `coverage` is the share 0-1 of the model's weight that had
    evidence. `profile` is the one that was taken, "" for the model's own weights. `components` are in the model's
    order, by name; `facts` are the signals behind the score, by name, `details` what their texts say beside them, and
    `norm` is what the cohort norm has of them. `first_event_ms` is the instant of the account's first event, in
    milliseconds, -1 for none. `flags` are the floors and flags that hold, by name. `past_bounds` names the signals that
    may lack something because the account has more than is kept of one, and "ids" where a repeated event may have
    counted again. `signs` say that use may be no person's; no score depends on them. `last_transition` is None before
    the first change of tier, and `forecast` until it was worked out. What is empty is left out on the wire.
    """

    account_id: str
    score: float | None
    tier: str
    model: str
    model_version: int
    coverage: float
    components: dict[str, ComponentScore]
    facts: dict[str, Fact]
    mrr: float | None
    plan: str | None
    first_event_ms: int = -1
    details: dict[str, Detail] = {}
    norm: dict[str, float] = {}
    provisional: bool = False
    profile: str = ""
    flags: tuple[str, ...] = ()
    override: Override | None = None
    beneath: float | None = None
    warming: tuple[Warming, ...] = ()
    past_bounds: tuple[str, ...] = ()
    shadows: tuple[ShadowScore, ...] = ()
    signs: tuple[Sign, ...] = ()
    last_transition: LastTransition | None = None
    forecast: Forecast | None = None


class ScorePosition(msgspec.Struct, frozen=True, kw_only=True):
    """When a score holds, and what is in it.

    `as_of` (RFC 3339 UTC) is the instant of judgement, and `as_of_ms` the same in milliseconds. (`generation`,
    `version`) only ever grow for an account: the read model keeps the greatest. `norm_as_of` is the instant of the
    cohort norm that it is measured by, "" when there is none. `applied` are the offsets of the last messages of the
    account that are in it, by topic (analytics, exceptions, billing, tickets, control), -1 for none.
    """

    as_of: str
    as_of_ms: int
    generation: int
    version: int
    norm_as_of: str = ""
    applied: tuple[int, ...] = ()


class ScoreSnapshot(ScoreContent, frozen=True, kw_only=True, omit_defaults=True):
    """The whole current score of one account, the value of a message on `scores`: its content, and the fields of a
    `ScorePosition`."""

    as_of: str
    as_of_ms: int
    generation: int
    version: int
    norm_as_of: str = ""
    applied: tuple[int, ...] = ()


# --- texts


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """A component's score with its label and the text of what it looks at. `weight` is the one under the profile that
    was taken; 0 for a component that is only looked at. The numbers are those of `ComponentScore`."""

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


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot in words. `drivers` are the three components that lose the most points, worst first.

    `last_transition` says why the tier changed last, `next_tier` why it changes next, "" where it does not or where the
    model that decided it is not known; `improvements` are in the order of the forecast's.
    """

    contributions: tuple[Contribution, ...] = ()
    drivers: tuple[Driver, ...] = ()
    flags: tuple[RedFlag, ...] = ()
    signs: tuple[str, ...] = ()
    last_transition: str = ""
    next_tier: str = ""
    improvements: tuple[str, ...] = ()
