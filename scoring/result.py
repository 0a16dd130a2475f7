"""The results of scoring: numbers and names (`ScoreSnapshot`); the texts that explain them are in `scoring.texts`.

Only values. `scoring.explain.snapshot` reads snapshots from accounts; `scoring.explain.explanation` makes texts from a
snapshot and its model.
"""

from __future__ import annotations

import msgspec

from scoring.texts import Contribution as Contribution
from scoring.texts import Driver as Driver
from scoring.texts import Explanation as Explanation
from scoring.texts import RedFlag as RedFlag

Fact = int | float | str | None
"""The value of a signal: a number, a text, an instant as text, or None when unknown."""
Detail = dict[str, int | float | list[str]]
"""Further facts for the text of a signal, by name."""


class ComponentScore(msgspec.Struct, frozen=True, omit_defaults=True):
    """The part of the score that one component adds.

    `points` (earned) and `possible` are on the scale of the score, 0-100; `points` may be negative in a model that adds
    points up (`usage-trend-friction`). `judgement` is the component's own, 0-100, or None without evidence: then
    `possible` is 0. `evidence` is how much of its weight counts, 0-1; left out on the wire when it is all.
    """

    judgement: float | None
    points: float
    possible: float
    evidence: float = 1.0


class Sign(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """A sign that the use may not come from a person: `number` events with something in common.

    All are called `event` and are by `user`; both are "" when they differ, or there is none. `hour` is the hour of the
    day, 0-23 UTC, that they all fall in.
    """

    name: str
    number: int
    event: str
    user: str
    hour: int | None


class Baseline(msgspec.Struct, gc=False, frozen=True):
    """The baseline of an account: the score 0-100 and tier that its next transition is measured from, and the points
    that make up the score, by component and by the parts that belong to no component (`scoring.plan.score_plan`)."""

    value: float
    tier: str
    points: dict[str, float]


class Override(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """A score that a person set: `score` 0-100 holds until `until_ms` (milliseconds since 1970), exclusive."""

    score: float
    reason: str
    author: str
    set_ms: int
    until_ms: int


class Expired(msgspec.Struct, frozen=True):
    """Events that left a signal's window: (day since 1970, number) of the latest two days, and how many are older."""

    signal: str
    days: tuple[tuple[int, int], ...]
    older: int = 0


class TransitionCause(msgspec.Struct, gc=False, frozen=True, kw_only=True, omit_defaults=True):
    """Why the score changed. Empty fields are left out on the wire.

    `kind` is that of `alerts.notification.Cause`; topic, partition, offset, event and event_id identify the event.
    `part` is the component that changed the score most, or one of the parts that belong to no component. The other
    fields hold what it was judged by at that instant: facts and details of signals, the cohort norm, the judgements of
    a blend's parts, the account's age in milliseconds. `flags` are the floors that held, `expired` the events that left
    its windows. For an override: the one in force, or the one that `ended` and its `author`, "" when it expired.
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


class LastTransition(
    msgspec.Struct, gc=False, frozen=True, kw_only=True, rename={"from_tier": "from", "to_tier": "to"}
):
    """The last tier change of an account: when (RFC 3339), tiers and scores (two decimals), by which model, and why."""

    at: str
    from_tier: str
    to_tier: str
    before: float
    after: float
    model: str
    model_version: int
    cause: TransitionCause


class Warming(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that is warming up after a model change, and until when (RFC 3339); "" for a latest value, which is
    known with the next event that has it."""

    signal: str
    until: str


class ShadowScore(msgspec.Struct, frozen=True, kw_only=True):
    """The score of a shadow model. `transitions` counts its tier changes."""

    model: str
    model_version: int
    score: float | None
    tier: str
    transitions: int


class TierForecast(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """The next tier change if nothing more arrives: its exact instant, tier, score and cause."""

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
    """The smallest adjustment of one signal, or of two together, that lifts the account one tier, into `tier`."""

    adjustments: tuple[Adjustment, ...]
    tier: str


class Forecast(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """What comes next, under the cohort norm at the time of computing. `next_tier` is None when silence changes no tier
    within `horizon_days`."""

    horizon_days: int
    next_tier: TierForecast | None
    improvements: tuple[Improvement, ...]


class OpenCase(msgspec.Struct, gc=False, frozen=True, kw_only=True, omit_defaults=True):
    """A case of an account that is not over: the alert of one rule, from its first step to its last.

    `status` is "open", "acknowledged", "snoozed" or "escalated"; `opened_at`, `since` (its latest step), `until` (the
    end of a snooze, or the time to act before it escalates) are RFC 3339, "" for none. `words` is the sentence of its
    latest told step.
    """

    id: str
    rule: str
    severity: str
    status: str
    opened_at: str
    since: str
    words: str
    assignee: str = ""
    by: str = ""
    until: str = ""
    action: str = ""
    playbook: str = ""


class ScoreContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The content of a snapshot. A snapshot is sent when its content changes.

    `score` is 0-100, unrounded; None in a `standing` of the model (its name), and while nothing can be judged, for the
    reason `unscored` ("norm", "use", "evidence"); then `tier` is "" and `components` is empty. While an `override`
    holds, `score` and `tier` are its own and `beneath` is the model's own score; else `beneath` is None. `coverage` is
    the share 0-1 of the model's weight with evidence.
    `profile` is the one applied, "" for the model's own weights. `components` are in the model's order, by name.
    `facts` are the signals behind the score, by name; `details` are further facts for their texts, `norm` their part of
    the cohort norm. `first_event_ms` is the instant of the account's first event in milliseconds, -1 for none. `flags`
    names the floors and flags that hold, with a score or without. `sources` has the instant of the account's latest
    event of each source that it ever had, by name. `past_bounds` names the signals that may be incomplete because the
    account exceeds a bound of its state, and "ids" when a repeated event may have counted twice. `signs` warn that the
    use may not come from a person; no score depends on them. `cases` are the alerts that are open. `stale` has the
    sources that a fleet alarm has frozen, with the instant since when. `last_transition` is None before the first tier
    change, `forecast` until it is computed. Empty fields are left out on the wire.
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
    standing: str = ""
    unscored: str = ""
    sources: dict[str, str] = {}
    cases: tuple[OpenCase, ...] = ()
    stale: dict[str, str] = {}


class ScorePosition(msgspec.Struct, frozen=True, kw_only=True):
    """When a snapshot holds, and which messages it includes.

    `as_of` (RFC 3339 UTC) is the instant of judgement, `as_of_ms` the same in milliseconds. (`generation`, `version`)
    only grows for an account: the read model keeps the greatest. `norm_as_of` is the instant of the cohort norm, ""
    when there is none. `applied` has the offset of the last message of the account that is included, by topic
    (analytics, exceptions, billing, tickets, control), -1 for none.
    """

    as_of: str
    as_of_ms: int
    generation: int
    version: int
    norm_as_of: str = ""
    applied: tuple[int, ...] = ()


class ScoreSnapshot(ScoreContent, frozen=True, kw_only=True, omit_defaults=True):
    """The current score of one account: its content and position. The value of a message on `scores`."""

    as_of: str
    as_of_ms: int
    generation: int
    version: int
    norm_as_of: str = ""
    applied: tuple[int, ...] = ()
