"""The tables beside signals and components: `[model]`, `[standings.…]`, `[profiles.…]`, `[floors.…]`, `[flags.…]` and
`[signs.…]`."""

from __future__ import annotations

from typing import Literal

import msgspec

from scoring.model.schema.rules import Condition

SHARE_MAX = 0.6
"""The default of `share_max`, which a model with `neutral_weight` must not give."""
EMPHASIS_MAX = 4.0


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table `[model]`. `combine` is "mean" (weights renormalise over evidence) or "sum" (points add up).

    `weights_sum` is the required sum of the weights, when the file has it. `share_max` bounds the share of the score
    that one component may take over when others have no evidence (its own share of all weight, when that is more); the
    rest counts as `neutral`. With `neutral_weight`, nothing is taken over: a constant of that weight at `neutral` joins
    every score. A weight counts × (`emphasis` - (`emphasis` - 1) × judgement / 100), so that bad news weighs up to
    `emphasis` times as much. All of these are for "mean" only.

    Coverage is the share of the weight of the components in `known_by`, of all when it is empty, that has evidence. A
    score with less than `provisional_below` of it (a share 0-1) is provisional.

    Time before a silence of more than `pause_max` is not part of an account's age, unless it is borne out by events on
    at least three days, the first and the last of them a week apart.

    `order` lists event names in the order in which events of one instant count. Unlisted events come before all of
    them, except those that end something (in some `closed_by` or `zero_on`), which come after.
    """

    name: str
    version: int = 1
    description: str = ""
    resolution: str = "1h"
    dedupe: str = "72h"
    combine: Literal["mean", "sum"] = "mean"
    weights_sum: float | None = None
    share_max: float | None = None
    neutral: float = 50.0
    neutral_weight: float = 0.0
    emphasis: float = 1.0
    known_by: tuple[str, ...] = ()
    provisional_below: float = 0.5
    order: tuple[str, ...] = ()
    pause_max: str = "400d"

    @property
    def share_limit(self) -> float:
        """`share_max`, or its default."""
        return SHARE_MAX if self.share_max is None else self.share_max


class Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A reason why an account has no score, such as «Cancelled»: it is in the first standing of which all of `when`
    hold. It has no tier then, and its transitions are not notified."""

    when: tuple[Condition, ...]
    label: str = ""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Other weights for the accounts for which all of `when` hold. A component that `weights` leaves out has weight 0.

    Of profiles that both hold, the one of higher `rank` is taken; two of one rank must exclude each other.
    """

    when: tuple[Condition, ...]
    weights: dict[str, float]
    rank: int = 0
    label: str = ""
    provisional: bool = False


class Floor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fatal condition: while all of `when` hold, the score is at most `to`. It only lowers; it is also a red flag."""

    when: tuple[Condition, ...]
    to: float
    label: str = ""


class Flag(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A red flag, shown while all of `when` hold; it does not change the score."""

    when: tuple[Condition, ...]
    label: str = ""


class Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sign that the use may not come from a person, shown beside the score. It holds while all events of `signal`, a
    `count`, on the whole days of its window share their name, user or hour of the day (UTC): at least `at_least` events
    on at least `days` days."""

    signal: str
    at_least: int = 20
    days: int = 3
