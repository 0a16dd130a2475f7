"""The tables beside signals and components: `[model]`, `[profiles.…]`, `[floors.…]`, `[flags.…]`, `[signs.…]`."""

from __future__ import annotations

from typing import Literal

import msgspec

from scoring.model.schema.rules import Condition


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table `[model]`. `combine` is "mean" (weights renormalise over evidence) or "sum" (points add up).

    `weights_sum` is what the weights must sum to, where the file says so. `share_max` bounds the share of the score
    that one component may take on when others have no evidence (its own share of all weight, when that is more); what
    is then nobody's counts as `neutral`. Both are for "mean" only. A score on less than `provisional_below` of the
    weight (a share 0-1) is provisional.

    What lies before a silence of more than `pause_max` is no part of an account's age, unless it is borne out: by
    events on three days or more, the first and the last of them a week apart.

    `order` lists names of events in the order in which those of one instant are taken to have happened. An event whose
    name is not listed comes before them all; but one that ends something (in some `closed_by` or `zero_on`) after them.
    """

    name: str
    version: int = 1
    description: str = ""
    resolution: str = "1h"
    dedupe: str = "72h"
    combine: Literal["mean", "sum"] = "mean"
    weights_sum: float | None = None
    share_max: float = 0.6
    neutral: float = 50.0
    provisional_below: float = 0.5
    order: tuple[str, ...] = ()
    pause_max: str = "400d"


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
    """A fatal signal: while all of `when` hold, the score is at most `to`. It only lowers, and is a red flag too."""

    when: tuple[Condition, ...]
    to: float
    label: str = ""


class Flag(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A red flag, shown while all of `when` hold; the score stays as it is."""

    when: tuple[Condition, ...]
    label: str = ""


class Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sign that use may be no person's, told beside the score while all events that `signal`, a `count`, has on the
    whole days of its window are of one name, of one user or of one hour of the day (UTC): at least `at_least` of them,
    on at least `days` days."""

    signal: str
    at_least: int = 20
    days: int = 3
