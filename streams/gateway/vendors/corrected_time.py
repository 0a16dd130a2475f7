"""Times by the clock of a sender, corrected by that of the gateway. Pure."""

from __future__ import annotations

from scoring.event.nested_fields import EARLIEST_MS
from scoring.event.timestamps import Untimely

LATEST_MS = 253_402_300_799_999
"""The end of the year 9999: no later instant can be written."""


def corrected_ms(original_ms: int, sent_ms: int, received_ms: int) -> int:
    """When something happened, said by a clock that read `sent_ms` when the request left, and may be wrong.

    What is between both readings is right, so it happened that long before the request arrived.

    >>> corrected_ms(original_ms=1_700_000_000_000, sent_ms=1_700_000_060_000, received_ms=1_772_359_200_000)
    1772359140000

    Raises:
        Untimely: when that is before the year 2000, or after 9999.
    """
    return plausible_ms(received_ms - (sent_ms - original_ms))


def plausible_ms(at_ms: int) -> int:
    """The instant itself.

    Raises:
        Untimely: when it is before the year 2000, or after 9999.
    """
    if not EARLIEST_MS <= at_ms <= LATEST_MS:
        raise Untimely(
            "the event's time is before the year 2000 or after 9999: a wrong unit, or a clock that was not set"
        )
    return at_ms
