"""The notification that people receive when an account changes tier, as it is on the topic `notifications`."""

from __future__ import annotations

import msgspec

from scoring.result import Driver


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a score change that one component caused, in points with two decimals."""

    component: str
    label: str
    points: float


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why the tier changed. `words` is the text for people; the other fields are for programs.

    `kind` is "event", "late" (an event that occurred over an hour before it was judged), "expiry" (something aged out
    of a window, or silence reached a threshold), "norm" (the cohort norm changed), "model" (the model changed) or
    "override" (a person set the score, or their override ended).
    `topic`, `partition`, `offset`, `event` and `event_id` identify the event for "event" and "late"; for the other
    kinds they are "" or -1.
    """

    kind: str
    words: str
    topic: str = ""
    partition: int = -1
    offset: int = -1
    event: str = ""
    event_id: str = ""


class Notification(msgspec.Struct, frozen=True, kw_only=True, rename={"from_tier": "from", "to_tier": "to"}):
    """One change of tier. `id` is a hash of (account, sequence): one id always has the same content.

    `sequence` counts an account's notifications from 1 without gaps. `from_tier` equals the `to_tier` of the previous
    notification, unless a backfill moved the account in between: under the wall clock, old events notify nobody.
    `before` and `after` are scores 0-100 with two decimals, and `deltas` sum to `change` = after - before exactly.
    `worse` is True when the tier fell. `mrr` is in the currency's units per month, None when unknown. `as_of` is
    RFC 3339 UTC, the instant of judgement; `as_of_ms` the same in milliseconds.
    """

    id: str
    account_id: str
    sequence: int
    from_tier: str
    to_tier: str
    worse: bool
    before: float
    after: float
    change: float
    deltas: tuple[Delta, ...]
    cause: Cause
    drivers: tuple[Driver, ...]
    mrr: float | None
    plan: str | None
    as_of: str
    as_of_ms: int
    model: str
    model_version: int
