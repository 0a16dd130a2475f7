"""The predictions for one account, day by day: a message on the topic `predictions`. Pure.

A day is written once, and never changes afterwards, so a repeated run writes the same again.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

DAYS_MAX = 400
"""The days that are kept, counted from the last one."""
RENEWALS_MAX = 8
"""The latest renewal dates that are kept."""
_SOON_DAYS, _MOVED_DAYS = 14, 90
NOTHING, CLEAR, FLAGGED = "-", "0", "1"
"""What the flags say of a day: nothing was recorded, not flagged, flagged."""


class Look(NamedTuple):
    """What is known of an account on a day. `probability` of churn `within_days` is None without a calibrated curve, or
    a score. `is_flagged`: its tier is the worst. `renewal_day` is its renewal date, -1 for unknown."""

    account_id: str
    probability: float | None
    within_days: int
    is_flagged: bool
    has_left: bool
    renewal_day: int = -1


class Series(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The days from `first_day` on (days are counted from 1970, UTC), at most `DAYS_MAX`.

    `probabilities` and `flags` have one entry a day. `within_days` is how far ahead the probabilities look. `renewals`
    are the renewal dates that were known, ascending. `left_day` is the first day on which it had left, -1 for none.
    """

    account_id: str
    first_day: int
    probabilities: tuple[float | None, ...]
    flags: str
    within_days: int = 0
    renewals: tuple[int, ...] = ()
    left_day: int = -1

    @property
    def last_day(self) -> int:
        return self.first_day + len(self.flags) - 1

    def recorded(self, latest: int, earliest: int) -> int:
        """The index of the last recorded day from `earliest` to `latest`, both inclusive; -1 for none."""
        for day in range(min(latest, self.last_day), max(earliest, self.first_day) - 1, -1):
            if self.flags[day - self.first_day] != NOTHING:
                return day - self.first_day
        return -1


def with_look(series: Series | None, look: Look, day: int) -> Series | None:
    """The series with what is known on `day`; as it was if that day, or a later one, is recorded already.

    An account that had left before it was ever recorded has none. Once it has left, days are recorded again only when
    it has come back. A curve with another horizon drops the probabilities before it: those of two horizons cannot be
    compared.
    """
    if series is None:
        return None if look.has_left else _begun(look, day)
    if day <= series.last_day or (look.has_left and series.left_day >= 0):
        return series
    if look.probability is not None and series.within_days not in (0, look.within_days):
        series = msgspec.structs.replace(series, probabilities=(None,) * len(series.flags))
    missed = day - series.last_day - 1
    probabilities = (*series.probabilities, *(None,) * missed, _rounded(look))
    flags = f"{series.flags}{NOTHING * missed}{_flag(look)}"
    dropped = max(0, len(flags) - DAYS_MAX)
    return msgspec.structs.replace(
        series,
        first_day=series.first_day + dropped,
        probabilities=probabilities[dropped:],
        flags=flags[dropped:],
        within_days=series.within_days if look.probability is None else look.within_days,
        renewals=with_renewal(series.renewals, look.renewal_day, day),
        left_day=day if look.has_left else -1,
    )


def is_over(series: Series, day: int) -> bool:
    """Whether nothing was recorded within the days that are kept, so that the series can go."""
    return series.last_day <= day - DAYS_MAX


def _begun(look: Look, day: int) -> Series:
    return Series(
        account_id=look.account_id,
        first_day=day,
        probabilities=(_rounded(look),),
        flags=_flag(look),
        within_days=0 if look.probability is None else look.within_days,
        renewals=with_renewal((), look.renewal_day, day),
    )


def _rounded(look: Look) -> float | None:
    return None if look.probability is None or look.has_left else round(look.probability, 4)


def _flag(look: Look) -> str:
    if look.has_left:
        return NOTHING
    return FLAGGED if look.is_flagged else CLEAR


def with_renewal(known: tuple[int, ...], renewal: int, day: int) -> tuple[int, ...]:
    """The renewal dates once `renewal` is heard of on `day`; -1 is none.

    A date that is more than two weeks ahead and moves by less than 90 days was corrected. Any other move is a renewal,
    so the date before it stays.

    >>> with_renewal((200,), 210, 100), with_renewal((200,), 565, 100), with_renewal((200,), 230, 199)
    ((210,), (200, 565), (200, 230))
    """
    if renewal < 0 or renewal in known:
        return known
    corrected = {each for each in known if each - day > _SOON_DAYS and abs(renewal - each) < _MOVED_DAYS}
    return tuple(sorted(({*known} - corrected) | {renewal}))[-RENEWALS_MAX:]
