"""The instants of a panel: the first of each month, or steps of a duration. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from scoring.instants import instant_of
from streams.errors import UserError

MOST = 20_000


def months(first_ms: int, last_ms: int) -> list[int]:
    """The beginnings of the months (UTC) from `first_ms` to `last_ms`, both inclusive.

    >>> [each // 86_400_000 for each in months(0, 60 * 86_400_000)]
    [0, 31, 59]
    """
    moment = datetime.fromtimestamp(first_ms / 1_000, UTC)
    year, month = moment.year, moment.month
    found = []
    while (instant_ms := instant_of(datetime(year, month, 1, tzinfo=UTC))) <= last_ms:
        if instant_ms >= first_ms:
            found.append(instant_ms)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def steps(first_ms: int, last_ms: int, every_ms: int) -> list[int]:
    """The multiples of `every_ms` since 1970 (UTC) from `first_ms` to `last_ms`, both inclusive.

    >>> steps(1, 30, 10)
    [10, 20, 30]

    Raises:
        UserError: when there are too many.
    """
    first = -(-first_ms // every_ms) * every_ms
    count = (last_ms - first) // every_ms + 1
    if count > MOST:
        raise UserError(f"That is {count:,} instants, more than {MOST:,}: take a longer --every, or a later --from.")
    return list(range(first, last_ms + 1, every_ms))
