"""What the read model keeps of an account beside its current answer. Only values."""

from __future__ import annotations

from typing import Literal

import msgspec

HISTORY_DAYS = 400
MOVEMENTS_MAX = 40
SMALL_POINTS = 1.0
"""A movement of fewer points is small."""
FACTS_MAX = 4
SMALL_FACTS_MAX = 1
"""Of a movement."""
NOTABLE_MAX = 60
FEATURES_MAX = 40
TRAITS_MAX = 40
FEATURE_WEEKS = 13
STEPS_MAX = 60
TRANSITIONS_MAX = 40


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """The close of one day: the last answer that held before its end (UTC). `day` is in days since 1970.

    `score` has two decimals. `points` (earned, by component in the order of `History.components`) have one; 0 where
    the day's model had no such component. Without a score `tier` is "", and `points` are empty.
    """

    day: int
    score: float | None
    tier: str
    mrr: float | None
    points: tuple[float, ...] = ()
    model: str = ""
    """"name@version" of the model that made it."""


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The closes of an account's last 400 days, the oldest first, without gaps; today's is not there yet.

    A day is closed when an answer of a later one arrives: `streams.read_model.closes_until` carries the current answer
    on to yesterday. `components` are those of the newest day with a score, in its order.
    """

    components: tuple[str, ...] = ()
    days: tuple[Day, ...] = ()


class FactChange(msgspec.Struct, frozen=True):
    """A signal whose value changed."""

    signal: str
    before: float | str | None
    after: float | str | None


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A change of an account's score between two of its answers, or several small ones of one day, kind and tier.

    Scores and parts have two decimals. `parts` are the points by component, the greatest first; they add up to `after`
    - `before`, with the points of what belongs to no component under ""; without one of the two there are none. `count`
    is how many movements are folded into this one: its `at_ms` is then the last one's, `before` the first one's, and
    `after` what they add up to, though larger movements may have come between them. `facts` are some signals whose
    value changed: at most `FACTS_MAX`, of small movements `SMALL_FACTS_MAX`; numbers to four decimals. `topics` are the
    input topics that an event came from.
    """

    at_ms: int
    kind: Literal["event", "late", "expiry", "norm", "model", "override"]
    before: float | None
    after: float | None
    from_tier: str
    to_tier: str
    parts: tuple[tuple[str, float], ...] = ()
    facts: tuple[FactChange, ...] = ()
    topics: tuple[str, ...] = ()
    model: str = ""
    count: int = 1


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one name, as received. `weeks` counts them by week (Monday, UTC), the last one is `week` (in weeks
    since the Monday 1970-01-05); shorter than `FEATURE_WEEKS` while it is young.

    `is_use` says whether such an event is use of the product. Payments, tickets, milestones and mail are no use: they
    are here for their first and last instant. On the topic `exceptions`, `name` is the type of the error.
    """

    name: str
    topic: str
    first_ms: int
    last_ms: int
    total: int
    week: int
    weeks: tuple[int, ...]
    is_use: bool = True


class Trait(msgspec.Struct, frozen=True, kw_only=True):
    """The latest value of a property that says what the account is, and when it was said."""

    name: str
    value: str | float | bool
    at_ms: int


class Notable(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a person would want to see: a ticket, a payment, a first exception, a milestone."""

    at_ms: int
    topic: str
    event: str
    event_id: str
    detail: str = ""


class ForeignId(msgspec.Struct, frozen=True, kw_only=True):
    """The account's id in another system, by the topic `aliases`."""

    kind: str
    id: str


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """What the account's events say, as received: duplicates that the fold drops are counted here."""

    features: tuple[Feature, ...] = ()
    traits: tuple[Trait, ...] = ()
    notable: tuple[Notable, ...] = ()


class Changed(msgspec.Struct, frozen=True):
    """One entry of the stream of changes: what of an account has changed. `id` is the entry's place in the stream."""

    id: str
    account_id: str
    what: Literal["answer", "activity", "alerts", "removed"]
